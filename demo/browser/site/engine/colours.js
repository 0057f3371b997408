// The brightness of what was painted with the photo's colours: adain_core/color/matching.py, keep_color.

const [R, G, B] = [0.299, 0.587, 0.114];

/** Change painted pixels (RGBA) in place. A change of brightness alone adds the same to red, green and blue. */
export function keepColours(painted, photo) {
  for (let i = 0; i < painted.length; i += 4) {
    const change = R * (painted[i] - photo[i]) + G * (painted[i + 1] - photo[i + 1]) + B * (painted[i + 2] - photo[i + 2]);
    for (let c = i; c < i + 3; c++) painted[c] = Math.floor(photo[c] + change + 0.5);  // the array clips
  }
}
