"""RandomStyle within other libraries' transforms: pictures change, boxes, masks and labels do not."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from adain_core.augment import RandomStyle

Make = Callable[..., RandomStyle]


class TestTorchvision:
    """`transforms.v2`."""

    def test_images_change_in_nested_samples_and_nothing_else_does(self, make: Make, photos: Tensor) -> None:
        from torchvision import tv_tensors
        from torchvision.transforms import v2

        from adain_core.augment.torchvision import StyleTransform

        boxes = tv_tensors.BoundingBoxes([[1, 2, 20, 30]], format="XYXY", canvas_size=(40, 32))  # type: ignore[call-overload]
        target = {"boxes": boxes, "mask": tv_tensors.Mask(torch.ones(40, 32)), "label": torch.tensor(3), "text": "a"}
        sample = {"views": [tv_tensors.Image(photos[0]), (tv_tensors.Image(photos[0]),)], "target": target}
        style = make(p=1.0)
        out = v2.Compose([StyleTransform(style), v2.Identity()])(sample)
        one, (other,) = out["views"]
        assert isinstance(one, tv_tensors.Image) and torch.equal(one, style(photos[0], number=0))
        assert torch.equal(one, other)  # views of one sample take one style
        assert torch.equal(out["target"]["boxes"], boxes) and isinstance(
            out["target"]["boxes"], tv_tensors.BoundingBoxes
        )
        assert torch.equal(out["target"]["mask"], target["mask"])
        assert out["target"]["label"] == 3 and out["target"]["text"] == "a"

    def test_each_sample_of_a_batch_has_its_own_style_and_frames_of_a_video_share_one(
        self, make: Make, photos: Tensor
    ) -> None:
        from torchvision import tv_tensors

        from adain_core.augment.torchvision import StyleTransform

        style = make(p=1.0)
        batch = StyleTransform(make(p=1.0))(tv_tensors.Image(photos))
        assert torch.equal(batch, style(photos, number=range(8)))
        video = StyleTransform(make(p=1.0))(tv_tensors.Video(photos))
        assert isinstance(video, tv_tensors.Video) and torch.equal(video, style(photos, number=[0] * 8))
        videos = StyleTransform(make(p=1.0))(tv_tensors.Video(photos.view(2, 4, 3, 40, 32)))
        assert torch.equal(videos.view(8, 3, 40, 32), style(photos, number=[0] * 4 + [1] * 4))

    def test_a_plain_tensor_and_a_pil_image_are_pictures(self, make: Make, photos: Tensor) -> None:
        from adain_core.augment.torchvision import StyleTransform

        pixels, label = (photos[0] * 255).round().byte(), torch.tensor(2)
        wanted = make(p=1.0)(pixels)
        transform = StyleTransform(make(p=1.0))
        out, same = transform(pixels, label)
        assert torch.equal(out, wanted) and same is label
        transform.style.seek(0)
        painted = transform(Image.fromarray(pixels.permute(1, 2, 0).numpy()))
        assert isinstance(painted, Image.Image)
        assert torch.equal(torch.from_numpy(np.asarray(painted).copy()).permute(2, 0, 1), wanted)

    def test_it_is_pickled(self, make: Make, photos: Tensor) -> None:
        from adain_core.augment.torchvision import StyleTransform

        transform = StyleTransform(make())
        assert torch.equal(pickle.loads(pickle.dumps(transform))(photos), transform(photos))


@pytest.mark.needs("kornia")
class TestKornia:
    """`AugmentationSequential`."""

    def test_images_change_boxes_and_masks_do_not(self, make: Make, photos: Tensor) -> None:
        import kornia.augmentation as K

        from adain_core.augment.kornia import StyleAugmentation

        mask, boxes = torch.rand(8, 1, 40, 32), torch.tensor([[[1.0, 2.0, 20.0, 30.0]]]).expand(8, -1, -1)
        chain = K.AugmentationSequential(StyleAugmentation(make()), data_keys=["input", "mask", "bbox_xyxy"])
        out, same_mask, same_boxes = chain(photos, mask, boxes)
        assert torch.equal(out, make()(photos))
        assert torch.equal(same_mask, mask) and torch.equal(same_boxes, boxes)

    def test_a_call_is_repeated_by_its_parameters(self, make: Make, photos: Tensor) -> None:
        from adain_core.augment.kornia import StyleAugmentation

        augmentation = StyleAugmentation(make())
        out = augmentation(photos)
        assert torch.equal(augmentation(photos, params=augmentation._params), out)
        assert not torch.equal(augmentation(photos), out)

    def test_one_style_for_the_batch_if_asked_for(self, make: Make, photos: Tensor) -> None:
        from adain_core.augment.kornia import StyleAugmentation

        out = StyleAugmentation(make(p=1.0), same_on_batch=True)(photos)
        assert torch.equal(out, make(p=1.0)(photos, number=[0] * 8))


@pytest.mark.needs("albumentations")
class TestAlbumentations:
    """`Compose`."""

    @pytest.mark.parametrize("dtype", [np.uint8, np.float32])
    def test_the_image_changes_boxes_and_masks_do_not(self, make: Make, photos: Tensor, dtype: type) -> None:
        import albumentations as A

        from adain_core.augment.albumentations import StyleTransform

        scale = 255 if dtype is np.uint8 else 1
        image = np.ascontiguousarray((photos[0] * scale).permute(1, 2, 0).numpy().astype(dtype))
        mask, box = np.ones((40, 32), np.uint8), [1.0, 2.0, 20.0, 30.0]
        boxes = A.BboxParams(format="pascal_voc", label_fields=["labels"])
        chain = A.Compose([StyleTransform(make(p=1.0))], bbox_params=boxes)
        out = chain(image=image, mask=mask, bboxes=[box], labels=[4])
        wanted = make(p=1.0)(torch.from_numpy(image).permute(2, 0, 1)).permute(1, 2, 0).numpy()
        assert out["image"].dtype == dtype and np.array_equal(out["image"], wanted)
        assert np.array_equal(out["mask"], mask) and np.allclose(out["bboxes"], [box]) and list(out["labels"]) == [4]

    def test_frames_take_one_style(self, make: Make, photos: Tensor) -> None:
        import albumentations as A

        from adain_core.augment.albumentations import StyleTransform

        frames = photos.permute(0, 2, 3, 1).contiguous().numpy()
        out = A.Compose([StyleTransform(make(p=1.0))])(images=frames)["images"]
        wanted = make(p=1.0)(photos, number=[0] * 8).permute(0, 2, 3, 1).numpy()
        assert np.allclose(np.stack(list(out)), wanted, atol=1e-5)
