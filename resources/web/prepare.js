// What becomes of people's values before the network sees them, and of its answers: the project's recipe, step by step.
(function (root) {
  "use strict";

  function bend(curve, value) {
    if (!curve) return value;
    if (curve.kind === "signed_log") return Math.sign(value) * Math.log1p(Math.abs(value));
    return Math.log(Math.max(value + curve.shift, 2.2250738585072014e-308));
  }

  function straighten(curve, value) {
    if (!curve) return value;
    return curve.kind === "signed_log" ? Math.sign(value) * Math.expm1(Math.abs(value)) : Math.exp(value) - curve.shift;
  }

  const scaled = (step, value) => (bend(step.curve, value) - step.mean) / step.scale;
  const unscaled = (step, value) => straighten(step.curve, value * step.scale + step.mean);

  // Without a zone, a time is that of Greenwich, as in the recipe.
  function instant(text) {
    const written = text.replace(" ", "T");
    const zoned = !written.includes("T") || /[Zz]$|[+-]\d\d:?\d\d$/.test(written);
    return Date.parse(zoned ? written : `${written}Z`) / 1000;
  }

  // A point in time as seconds since 1970, scaled, and where it is in each cycle.
  function moments(column, given) {
    const seconds = typeof given === "number" ? given : instant(given);
    if (!Number.isFinite(seconds)) throw new Error(`${column.name} is to be a date.`);
    const waves = column.cycles.flatMap(([length, begin]) => {
      const angle = ((seconds - begin) * 2 * Math.PI) / length;
      return [Math.sin(angle), Math.cos(angle)];
    });
    return [seconds, ...waves].map((value, k) => (value - column.mean[k]) / column.scale[k]);
  }

  // The numbers that one column becomes. `text` is what somebody entered; empty: missing.
  function cell(column, text) {
    let given = String(text === undefined || text === null ? "" : text).trim();
    if (given === "") {
      if (column.fill === null) throw new Error(`${column.name} is missing; give it a value.`);
      if (column.kind === "date") return moments(column, column.fill);
      given = String(column.fill);
    }
    if (column.kind === "words") {
      const found = column.words.indexOf(given);
      if (found < 0 && column.refuses) throw new Error(`${column.name} is to be one of its words; ${given} is none.`);
      const numbers = column.unseen.slice();
      if (found >= 0) for (const [place, value] of column.rows[found]) numbers[place] = value;
      return numbers;
    }
    if (column.kind === "date") return moments(column, given);
    const value = Number(given.replace(",", "."));
    if (given === "" || !Number.isFinite(value)) throw new Error(`${column.name} is to be a number; ${given} is none.`);
    return [scaled(column, value)];
  }

  // One row of columns, and of marks that say which cells are missing.
  function row(columns, texts) {
    return columns.flatMap((column) => {
      const text = texts[column.name];
      if (column.kind === "mark") return [text === undefined || String(text).trim() === "" ? 1 : 0];
      return cell(column, text);
    });
  }

  // A text as word numbers: 0 is padding, then unknown words, then the vocabulary.
  function words(step, text) {
    let given = String(text);
    if (step.lower) given = given.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    if (step.removed) given = [...given].filter((letter) => !step.removed.includes(letter)).join("");
    const parts =
      step.split === "character" ? [...given] : step.split ? given.split(/[ \t\n\v\f\r]+/).filter(Boolean) : [given];
    const places = new Map(step.vocabulary.map((word, k) => [word, k + step.first]));
    const numbers = parts.map((word) => (places.has(word) ? places.get(word) : step.unknown));
    return padded(numbers, step.length);
  }

  function padded(numbers, length) {
    const found = numbers.slice(0, length);
    while (found.length < length) found.push(0);
    return found;
  }

  // Letters or words that each have a number, the last ones that there is room for.
  function symbols(input, text) {
    const parts = input.letters ? [...text] : text.split(/\s+/).filter(Boolean);
    const name = (part) => (Object.hasOwn(input.signs, part) ? input.signs[part] : part);
    const numbers = parts.map((part) => input.names.indexOf(name(part))).filter((number) => number >= 0);
    const length = input.shape[0];
    const last = numbers.slice(-length);
    const blank = Math.max(0, input.names.indexOf(name(" ")));
    while (last.length < length) last.unshift(blank);
    return last;
  }

  // The brightness of the pixel at a place, 0 to 255, rounded as Pillow rounds it. Source: ITU-R 601.
  const grey = (data, at) => (data[at] * 19595 + data[at + 1] * 38470 + data[at + 2] * 7471 + 0x8000) >> 16;

  // Pixels (RGBA, 0 to 255) as the network sees them: one channel or three, times a scale.
  function pixels(data, channels, scale, shift, inverted) {
    const found = new Float32Array((data.length / 4) * channels);
    const seen = (value) => (inverted ? 255 - value : value) * scale + shift;
    for (let at = 0, to = 0; at < data.length; at += 4) {
      if (channels === 1) {
        found[to++] = seen(grey(data, at));
      } else {
        for (let k = 0; k < channels; k++) found[to++] = k === 3 ? data[at + 3] * scale + shift : seen(data[at + k]);
      }
    }
    return found;
  }

  // Scores become probabilities where the network does not do that itself.
  function linked(link, scores) {
    if (link === "sigmoid") return scores.map((score) => 1 / (1 + Math.exp(-score)));
    if (link !== "softmax") return scores;
    const highest = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - highest));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / total);
  }

  root.Prepare = { cell, row, words, symbols, pixels, grey, linked, scaled, unscaled };
})(typeof window === "undefined" ? globalThis : window);
