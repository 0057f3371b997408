// What the page says, in the browser's language.

const WORDS = {
  en: {
    title: "Your photo, painted", lead: "In your own browser: no picture leaves this device.", picture: "Picture",
    before: "Photo", after: "Painted", cancel: "Cancel", drop: "Drop the picture here", sources: "Photo and result",
    open: "Your photo", camera: "Camera", shoot: "Take the photo", stop: "Stop", download: "Download", strength: "Strength",
    size: "Size", full: "full size", colours: "Photo's colours", chosen: "Chosen styles", styles: "Styles",
    many: "Mix several", search: "Search painter or title", own: "Your own style", paper: "How it works",
    compare: "How much of the photo is shown beside the painting", example: "Example: {0}", ownName: "Your style {0}",
    weight: "Weight of {0}", save: "Save as a style file: {0}", remove: "Take away: {0}", loading: "Loading the network: 5 MB, once",
    painted: "{0} × {1} pixels, {2} s", stopped: "Cancelled.", offline: "Works without a network from now on.",
    badPicture: "{0} is no picture that this browser can read.", badStyle: "{0} is no style file of this network.",
    large: "{0} has {1} million pixels: give one of {2} million at most.", noCamera: "No camera can be used: {0}",
    failed: "The network cannot run here: {0}", wasm: "Threads: {0}", webgpu: "Graphics card", none: "Nothing found.", wrong: "That failed: {0}",
    painting: "The photo in the style: {0}", live: "Live: {0} pictures a second",
  },
  zh: {
    title: "照片变画作", lead: "全部在您的浏览器中完成：图片不会离开这台设备。", picture: "图片",
    before: "照片", after: "画作", cancel: "取消", drop: "将图片拖放到这里", sources: "照片与结果",
    open: "选择照片", camera: "相机", shoot: "拍照", stop: "停止", download: "下载", strength: "强度",
    size: "尺寸", full: "原始尺寸", colours: "保留照片的颜色", chosen: "已选风格", styles: "风格",
    many: "混合多种", search: "搜索画家或作品", own: "自己的风格", paper: "原理",
    compare: "与画作并排显示的照片比例", example: "示例：{0}", ownName: "您的风格 {0}",
    weight: "{0} 的权重", save: "保存为风格文件：{0}", remove: "移除：{0}", loading: "正在加载网络：5 MB，仅此一次",
    painted: "{0} × {1} 像素，{2} 秒", stopped: "已取消。", offline: "现在起可离线使用。",
    badPicture: "{0} 不是此浏览器能读取的图片。", badStyle: "{0} 不是此网络的风格文件。",
    large: "{0} 有 {1} 百万像素：最多 {2} 百万。", noCamera: "无法使用相机：{0}",
    failed: "网络无法在此运行：{0}", wasm: "线程：{0}", webgpu: "显卡", none: "没有找到。", wrong: "操作失败：{0}",
    painting: "该风格的照片：{0}", live: "实时：每秒 {0} 帧",
  },
  ja: {
    title: "写真を絵画に", lead: "すべてブラウザの中で行われ、画像が端末の外に出ることはありません。", picture: "画像",
    before: "写真", after: "絵画", cancel: "キャンセル", drop: "ここに画像をドロップ", sources: "写真と結果",
    open: "写真を選ぶ", camera: "カメラ", shoot: "撮影する", stop: "停止", download: "ダウンロード", strength: "強さ",
    size: "サイズ", full: "元のサイズ", colours: "写真の色を保つ", chosen: "選んだスタイル", styles: "スタイル",
    many: "複数を混ぜる", search: "画家・題名を検索", own: "自分のスタイル", paper: "仕組み",
    compare: "絵画の横に表示する写真の割合", example: "例：{0}", ownName: "自分のスタイル {0}",
    weight: "{0} の重み", save: "スタイルファイルとして保存：{0}", remove: "外す：{0}", loading: "ネットワークを読み込み中：5 MB、初回のみ",
    painted: "{0} × {1} ピクセル、{2} 秒", stopped: "キャンセルしました。", offline: "これからはオフラインでも使えます。",
    badPicture: "{0} はこのブラウザで読める画像ではありません。", badStyle: "{0} はこのネットワークのスタイルファイルではありません。",
    large: "{0} は {1} 百万画素です：{2} 百万画素までにしてください。", noCamera: "カメラを使えません：{0}",
    failed: "ネットワークを実行できません：{0}", wasm: "スレッド：{0}", webgpu: "グラフィックカード", none: "見つかりません。", wrong: "失敗しました：{0}",
    painting: "このスタイルの写真：{0}", live: "ライブ：毎秒 {0} 枚",
  },
};

const language = navigator.languages.map((each) => each.slice(0, 2).toLowerCase()).find((each) => WORDS[each]) ?? "en";

/** A text, its places filled in. */
export const say = (word, ...values) => WORDS[language][word].replace(/\{(\d)\}/g, (_, n) => values[n]);

/** Put the words where the page has a place for them. */
export function speak() {
  document.documentElement.lang = language;
  document.title = say("title");
  for (const place of document.querySelectorAll("[data-word]")) place.textContent = say(place.dataset.word);
  for (const place of document.querySelectorAll("[data-name]")) place.setAttribute("aria-label", say(place.dataset.name));
  document.querySelector("#search").placeholder = say("search");
  document.querySelector("#compare").setAttribute("aria-label", say("compare"));
}
