// What the network says, for people: bars for classes, a number with its name, a picture, or a table.
(function (root) {
  "use strict";
  const { Prepare, Controls } = root;
  const { element } = Controls;
  const MOST_BARS = 10;

  const written = (value) => Number(value.toPrecision(5)).toLocaleString(undefined, { maximumSignificantDigits: 5 });

  function bars(output, scores, box) {
    let shares = Prepare.linked(output.link, scores);
    if (shares.length === 1) shares = [1 - shares[0], shares[0]];
    const names = shares.map((_, k) => (k < output.classes.length ? output.classes[k] : `class ${k}`));
    const order = shares.map((_, k) => k).sort((a, b) => shares[b] - shares[a]).slice(0, MOST_BARS);
    const list = element("dl", { class: "bars" });
    order.forEach((k, rank) => {
      const percent = `${(100 * shares[k]).toFixed(1)} %`;
      const bar = element("i");
      bar.style.width = `${Math.max(0, Math.min(100, 100 * shares[k]))}%`;
      list.append(
        element("dt", { class: rank ? "" : "first", title: names[k] }, names[k]),
        element("dd", { class: "track", "aria-hidden": "true" }, bar),
        element("dd", { class: "share" }, percent),
      );
    });
    box.append(list);
    return { classes: names, shares };
  }

  function numbers(output, values, box) {
    const steps = output.steps;
    const found = steps ? values.map((value, k) => Prepare.unscaled(steps[k % steps.length], value)) : values;
    if (found.length === 1) {
      box.append(element("div", { class: "number" }, written(found[0])));
    } else {
      const rows = found.slice(0, 500).map((value, k) => {
        const name = k < output.columns.length ? output.columns[k] : String(k);
        return element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, written(value)));
      });
      box.append(element("div", { class: "numbers" }, element("table", {}, ...rows)));
    }
    return { numbers: found };
  }

  function picture(output, values, box) {
    const [height, width, channels] = output.shape;
    const pad = element("canvas", { class: "pad", width, height, role: "img", "aria-label": output.title });
    const made = new ImageData(width, height);
    const shares = Prepare.linked(output.link === "sigmoid" ? "sigmoid" : "none", values);
    for (let at = 0; at < width * height; at++) {
      for (let k = 0; k < 3; k++) made.data[4 * at + k] = 255 * shares[at * channels + (channels === 1 ? 0 : k)];
      made.data[4 * at + 3] = 255;
    }
    pad.getContext("2d").putImageData(made, 0, 0);
    box.append(pad);
    return { numbers: shares };
  }

  // A sequence of classes: what comes next is what its last place says.
  function last(output, values, box) {
    return bars(output, values.slice(-output.shape[output.shape.length - 1]), box);
  }

  const KINDS = { bars, numbers, picture, last };

  function answer(output, values, home) {
    const box = element("div", { class: "answer" }, element("h3", output.title === "Prediction" ? { class: "unseen" } : {}, output.title));
    home.append(box);
    return KINDS[output.kind](output, values, box);
  }

  root.Answers = { answer };
})(window);
