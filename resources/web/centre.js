// What is drawn is brought to the middle and to one size, where the network learned such pictures, as the digits of MNIST:
// scaled until its longer side fills a share of the picture, then moved until its centre of mass lies in the middle.
(function (root) {
  "use strict";

  const FAINT = 0.25; // of the strongest difference from the ground: what is less is paper
  const LEAST = 0.1; // difference from the ground that is ink at all
  const AWAY = 0.09; // of the side that the centre of mass may lie from the middle
  const [LARGER, SMALLER] = [1.3, 0.75]; // than learned, and still the same size

  function median(values) {
    const sorted = Float64Array.from(values).sort();
    const half = sorted.length >> 1;
    return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  // Numbers of the outermost pixels, each once.
  function rim(width, height) {
    const found = [];
    for (let x = 0; x < width; x++) found.push(x, (height - 1) * width + x);
    for (let y = 1; y < height - 1; y++) found.push(y * width, y * width + width - 1);
    return found;
  }

  // How much each pixel differs from the ground; 0 where that is as good as not at all.
  function inkOf({ data, width, height }) {
    const light = Float64Array.from({ length: width * height }, (_, k) => (data[4 * k] + data[4 * k + 1] + data[4 * k + 2]) / 765);
    const ground = median(rim(width, height).map((k) => light[k]));
    const ink = light.map((value) => Math.abs(value - ground));
    const strongest = ink.reduce((most, value) => Math.max(most, value), 0);
    return ink.map((value) => (strongest < LEAST || value < FAINT * strongest ? 0 : value));
  }

  // The box around what is drawn and its centre of mass, in pixels; null where nothing is drawn.
  function drawn(picture) {
    const ink = inkOf(picture);
    let [left, top, right, bottom, sum, x, y] = [picture.width, picture.height, 0, 0, 0, 0, 0];
    ink.forEach((value, k) => {
      if (!value) return;
      const [column, row] = [k % picture.width, Math.floor(k / picture.width)];
      [left, right] = [Math.min(left, column), Math.max(right, column + 1)];
      [top, bottom] = [Math.min(top, row), Math.max(bottom, row + 1)];
      [sum, x, y] = [sum + value, x + value * (column + 0.5), y + value * (row + 0.5)];
    });
    return sum ? { box: [left, top, right, bottom], x: x / sum, y: y / sum } : null;
  }

  function isOff({ box, x, y }, { width, height }, extent) {
    const away = Math.max(Math.abs(x / width - 0.5), Math.abs(y / height - 0.5));
    const size = Math.max((box[2] - box[0]) / width, (box[3] - box[1]) / height);
    return away > AWAY || size > LARGER * extent || size < SMALLER * extent;
  }

  const kept = (start, room) => Math.min(Math.max(0, root.Resize.rounded(start)), Math.max(0, room));

  // A picture for an input of pictures, four bytes a pixel: as it is where it lies right, else what is drawn in the middle.
  function centred(picture, input) {
    const [tall, wanted] = input.shape;
    const source = { data: Uint8ClampedArray.from(picture.data), width: picture.width, height: picture.height };
    const plain = Uint8ClampedArray.from(root.Resize.fitted(source, input));
    const size = { data: plain, width: wanted, height: tall };
    const before = drawn(size);
    const found = before && !isOff(before, size, input.extent) ? null : drawn(source);
    if (!found) return plain;
    const [left, top, right, bottom] = found.box;
    const scale = (input.extent * Math.min(wanted, tall)) / Math.max(right - left, bottom - top);
    const [wide, high] = [right - left, bottom - top].map((side) => Math.max(1, root.Resize.rounded(side * scale)));
    const small = root.Resize.plain(source, found.box, wide, high);
    const across = kept(wanted / 2 - (found.x - left) * scale, wanted - wide);
    const down = kept(tall / 2 - (found.y - top) * scale, tall - high);
    const edge = rim(source.width, source.height);
    const ground = [0, 1, 2].map((channel) => Math.trunc(median(edge.map((k) => source.data[4 * k + channel]))));
    const data = new Uint8ClampedArray(4 * wanted * tall);
    for (let k = 0; k < data.length; k += 4) data.set([...ground, 255], k);
    for (let y = 0; y < high; y++) {
      data.set(small.data.subarray(4 * y * wide, 4 * (y + 1) * wide), 4 * ((down + y) * wanted + across));
    }
    return data;
  }

  root.Centre = { centred };
})(typeof window === "undefined" ? globalThis : window);
