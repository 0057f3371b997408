"""The decoder: relu4_1 back to a picture, the encoder mirrored."""

from torch import Tensor, nn

from .conv import ConvBlock


class Decoder(nn.Module):
    """Mirror of the encoder (arXiv 1703.06868, section 6): nearest upsampling, reflection padding, no normalisation.

    Each convolution bears the name of the encoder layer it mirrors.
    """

    halo = 4
    """Cells around a tile that its decoded pixels depend on, counted back through the layers."""

    inverts = True
    """Whether it is trained so that its pictures, encoded again, are what it was given: what refinement builds on."""

    def __init__(self) -> None:
        super().__init__()
        self.block4 = ConvBlock([("conv4_1", 512, 256)])
        self.block3 = ConvBlock(
            [("conv3_4", 256, 256), ("conv3_3", 256, 256), ("conv3_2", 256, 256), ("conv3_1", 256, 128)],
            upsample=True,
        )
        self.block2 = ConvBlock([("conv2_2", 128, 128), ("conv2_1", 128, 64)], upsample=True)
        self.block1 = ConvBlock([("conv1_2", 64, 64), ("conv1_1", 64, 3)], upsample=True, last_relu=False)

    def forward(self, f: Tensor) -> Tensor:
        """Features to a picture.

        Args:
            f: (B, 512, h, w) features of the encoder's relu4_1, h and w at least 2.

        Returns:
            (B, 3, 8h, 8w) RGB, around [0, 1] and not clamped.
        """
        return self.block1(self.block2(self.block3(self.block4(f))))
