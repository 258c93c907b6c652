// Pictures are brought to the size of the network as they were for its training, number by number: the filter of Pillow
// (bilinear over all pixels that a new one covers, after means of whole blocks where it becomes much smaller). Browsers
// have filters of their own.
(function (root) {
  "use strict";

  const ONE = 1 << 22; // Pillow's weights are whole numbers, of which so many are 1
  const PART = 1 << 24; // and so many for means of blocks
  const GAP = 2; // a picture that is twice this often too large is first made smaller by means of blocks

  // Python's rounding: halves go to the even number.
  function rounded(value) {
    const up = Math.round(value);
    return up - value === 0.5 && up % 2 !== 0 ? up - 1 : up;
  }

  // The part of a picture that is used, [left, top, right, bottom], and where it comes to lie, [left, top, width, height].
  function places(fit, width, height, wanted, tall) {
    const whole = [0, 0, width, height];
    if (fit === "crop") {
      const ratio = Math.min(width / wanted, height / tall);
      const [left, top] = [(width - wanted * ratio) / 2, (height - tall * ratio) / 2];
      const box = [left, top, Math.min(left + wanted * ratio, width), Math.min(top + tall * ratio, height)];
      return [box, [0, 0, wanted, tall]];
    }
    if (fit === "pad") {
      const ratio = Math.min(wanted / width, tall / height);
      const inner = [Math.min(wanted, Math.max(1, rounded(width * ratio))), Math.min(tall, Math.max(1, rounded(height * ratio)))];
      return [whole, [Math.floor((wanted - inner[0]) / 2), Math.floor((tall - inner[1]) / 2), ...inner]];
    }
    return [whole, [0, 0, wanted, tall]];
  }

  // Along one axis: for each new pixel the first old one and the weights from there on.
  function weights(from, to, count, most) {
    const scale = (to - from) / count;
    const reach = Math.max(1, scale);
    return Array.from({ length: count }, (_, k) => {
      const middle = from + (k + 0.5) * scale;
      const first = Math.max(0, Math.trunc(middle - reach + 0.5));
      const last = Math.min(most, Math.trunc(middle + reach + 0.5));
      const found = [];
      for (let x = first; x < last; x++) found.push(Math.max(0, 1 - Math.abs((x - middle + 0.5) / reach)));
      const sum = found.reduce((a, b) => a + b, 0);
      return { first, parts: found.map((part) => Math.floor((part / sum) * ONE + 0.5)) };
    });
  }

  // A picture is {data, width, height}, four bytes a pixel. Sums along one axis; `step` and `stride` are distances in bytes.
  function along(picture, taps, across) {
    const [width, height] = across ? [taps.length, picture.height] : [picture.width, taps.length];
    const data = new Uint8ClampedArray(4 * width * height);
    const step = across ? 4 : 4 * picture.width;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const { first, parts } = taps[across ? x : y];
        const start = across ? 4 * (y * picture.width + first) : 4 * (first * picture.width + x);
        for (let channel = 0; channel < 4; channel++) {
          let sum = 0;
          for (let k = 0; k < parts.length; k++) sum += parts[k] * picture.data[start + k * step + channel];
          data[4 * (y * width + x) + channel] = Math.floor(sum / ONE + 0.5);
        }
      }
    }
    return { data, width, height };
  }

  // Means of blocks of a part of a picture; those at its right and lower end may be smaller.
  function reduced(picture, [left, top, right, bottom], wide, high) {
    const [width, height] = [Math.ceil((right - left) / wide), Math.ceil((bottom - top) / high)];
    const data = new Uint8ClampedArray(4 * width * height);
    for (let y = 0; y < height; y++) {
      const [above, below] = [top + y * high, Math.min(bottom, top + (y + 1) * high)];
      for (let x = 0; x < width; x++) {
        const [begin, end] = [left + x * wide, Math.min(right, left + (x + 1) * wide)];
        const sums = [0, 0, 0, 0];
        for (let row = above; row < below; row++) {
          for (let k = 4 * (row * picture.width + begin); k < 4 * (row * picture.width + end); k++) sums[k % 4] += picture.data[k];
        }
        const count = (below - above) * (end - begin);
        const part = Math.floor(PART / count);
        for (let channel = 0; channel < 4; channel++) {
          data[4 * (y * width + x) + channel] = Math.floor(((sums[channel] + (count >> 1)) * part) / PART);
        }
      }
    }
    return { data, width, height };
  }

  function scaled(picture, box, width, height) {
    const [wide, high] = [(box[2] - box[0]) / width, (box[3] - box[1]) / height];
    const [fewer, lower] = [Math.trunc(wide / GAP) || 1, Math.trunc(high / GAP) || 1];
    if (fewer > 1 || lower > 1) {
      const part = [
        Math.max(0, Math.trunc(box[0] - wide / 2)),
        Math.max(0, Math.trunc(box[1] - high / 2)),
        Math.min(picture.width, Math.ceil(box[2] + wide / 2)),
        Math.min(picture.height, Math.ceil(box[3] + high / 2)),
      ];
      picture = reduced(picture, part, fewer, lower);
      box = box.map((place, k) => (place - part[k % 2]) / (k % 2 ? lower : fewer));
    }
    return plain(picture, box, width, height);
  }

  // A part of a picture in another size, without means of blocks.
  function plain(picture, box, width, height) {
    const [left, top, right, bottom] = box.map(Math.fround); // as exact as Pillow takes them
    const flat = along(picture, weights(left, right, width, picture.width), true);
    return along(flat, weights(top, bottom, height, picture.height), false);
  }

  function grey({ data }) {
    for (let k = 0; k < data.length; k += 4) data.fill(root.Prepare.grey(data, k), k, k + 3);
  }

  // A picture in the size of an input of pictures, on black, four bytes a pixel; where the network sees no colours, grey.
  function fitted(picture, input) {
    const [tall, wanted, channels] = input.shape;
    if (channels === 1) grey(picture);
    if (picture.width === wanted && picture.height === tall) return picture.data;
    const [box, [left, top, width, height]] = places(input.fit, picture.width, picture.height, wanted, tall);
    const small = scaled(picture, box, width, height);
    const data = new Uint8ClampedArray(4 * wanted * tall);
    for (let k = 3; k < data.length; k += 4) data[k] = 255;
    for (let y = 0; y < height; y++) {
      data.set(small.data.subarray(4 * y * width, 4 * (y + 1) * width), 4 * ((top + y) * wanted + left));
    }
    return data;
  }

  root.Resize = { fitted, plain, rounded };
})(typeof window === "undefined" ? globalThis : window);
