// One control for each input of the network: a form, a picture (drawn, from a file or the camera), a text, a table.
(function (root) {
  "use strict";
  const { Prepare } = root;
  let count = 0;

  function element(tag, attributes = {}, ...inside) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...inside);
    return made;
  }

  function button(text, run) {
    const made = element("button", { type: "button" }, text);
    made.addEventListener("click", run);
    return made;
  }

  const product = (shape) => shape.reduce((all, side) => all * side, 1);

  // -- columns of a table ------------------------------------------------------------------------
  function field(column, home, changed) {
    const id = `field-${++count}`;
    let control;
    if (column.kind === "words" && column.words.length <= 200) {
      control = element("select", { id });
      if (column.fill !== null && !column.words.includes(column.fill)) control.append(element("option", { value: "" }, "(missing)"));
      for (const word of column.words) control.append(element("option", { value: word }, word));
      if (!column.refuses) control.append(element("option", { value: "\u0000" }, "(another)"));
    } else if (column.kind === "words") {
      const words = element("datalist", { id: `${id}-words` });
      for (const word of column.words) words.append(element("option", { value: word }));
      control = element("input", { id, type: "text", list: words.id });
      home.append(words);
    } else {
      const kind = column.kind === "date" ? "text" : "number";
      control = element("input", { id, type: kind, step: "any" });
      if (kind === "text") control.placeholder = "2026-01-31 12:00";
      if (column.fill !== null) control.placeholder = "missing";
    }
    control.value = column.start;
    control.dataset.column = column.name;
    control.addEventListener("input", changed);
    return { row: element("div", { class: "field" }, element("label", { for: id }, column.name), control), control };
  }

  function form(input, box, changed) {
    const columns = input.columns.filter((column) => column.kind !== "mark");
    const fields = columns.map((column) => field(column, box, changed));
    box.append(...fields.map((one) => one.row));
    return () => {
      const texts = Object.fromEntries(columns.map((column, k) => [column.name, fields[k].control.value]));
      return Prepare.row(input.columns, texts);
    };
  }

  // -- rows of a table, or plain numbers ---------------------------------------------------------
  function area(input, box, changed, hint) {
    const id = `field-${++count}`;
    const control = element("textarea", { id, spellcheck: "false", "aria-label": input.name });
    control.value = input.start;
    control.addEventListener("input", changed);
    box.append(control, element("p", { class: "hint" }, hint));
    return control;
  }

  function table(input, box, changed) {
    const columns = input.columns.filter((column) => column.kind !== "mark");
    const names = columns.map((column) => column.name).join(", ");
    const control = area(input, box, changed, `${input.rows} rows, the latest last: ${names}.`);
    return () => {
      const lines = control.value.split("\n").filter((line) => line.trim());
      if (lines.length < input.rows) throw new Error(`${input.rows} rows are needed, ${lines.length} are given.`);
      return lines.slice(-input.rows).flatMap((line) => {
        const cells = line.split(/[\t;]|,\s*/);
        return Prepare.row(input.columns, Object.fromEntries(columns.map((column, k) => [column.name, cells[k]])));
      });
    };
  }

  function plain(input, box, changed) {
    const wanted = product(input.shape);
    const control = area(input, box, changed, `${wanted} numbers (${input.shape.join(" × ")}), with blanks between them.`);
    return () => {
      const numbers = control.value.split(/[\s,;]+/).filter(Boolean).map(Number);
      if (numbers.length !== wanted || numbers.some((n) => !Number.isFinite(n))) {
        throw new Error(`${wanted} numbers are needed, ${numbers.length} are given.`);
      }
      const steps = input.steps;
      return steps ? numbers.map((n, k) => Prepare.scaled(steps[k % steps.length], n)) : numbers;
    };
  }

  // -- words -------------------------------------------------------------------------------------
  function text(input, box, changed) {
    const control = area(input, box, changed, input.hint);
    control.classList.add("words");
    return () => (input.step ? Prepare.words(input.step, control.value) : Prepare.symbols(input, control.value));
  }

  // -- pictures ----------------------------------------------------------------------------------
  const HINT = "Draw, choose a picture, or drop one here.";
  const LARGEST = 16e6; // pixels that every browser lays on a canvas; larger pictures it makes smaller itself

  // All pixels of a picture or film, what is transparent on white.
  function opened(source, wide, tall) {
    const ratio = Math.min(1, Math.sqrt(LARGEST / (wide * tall)));
    const [width, height] = [wide, tall].map((side) => Math.max(1, Math.floor(side * ratio)));
    const pen = element("canvas", { width, height }).getContext("2d", { willReadFrequently: true });
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, width, height);
    pen.drawImage(source, 0, 0, width, height);
    return pen.getImageData(0, 0, width, height);
  }

  const isPressed = (one) => one.getAttribute("aria-pressed") === "true";

  function toggle(text, pressed, changed) {
    const made = button(text, () => {
      made.setAttribute("aria-pressed", String(!isPressed(made)));
      changed();
    });
    made.setAttribute("aria-pressed", String(pressed));
    return made;
  }

  function picture(input, box, changed) {
    const [height, width, channels] = input.shape;
    const pad = element("canvas", { class: "pad", width, height, tabindex: "0", role: "img" });
    pad.setAttribute("aria-label", `${input.name}: a picture of ${width} by ${height}`);
    const pen = pad.getContext("2d", { willReadFrequently: true });
    let fine = null; // the picture of a file or the camera, as large as it is
    const drawing = () => {
      fine = null;
      changed();
    };
    const clear = () => {
      pen.fillStyle = "#000";
      pen.fillRect(0, 0, width, height);
      drawing();
    };
    const show = (source, wide, tall) => {
      fine = opened(source, wide, tall);
      const copy = { data: Uint8ClampedArray.from(fine.data), width: fine.width, height: fine.height };
      pen.putImageData(new ImageData(root.Resize.fitted(copy, input), width, height), 0, 0);
      changed();
    };
    const inverted = toggle("Invert", false, changed);
    const centre = input.extent ? toggle("Centre", true, changed) : null;
    draws(pad, pen, input, drawing);
    const ways = [button("Clear", clear), ...fromFile(pad, show), ...fromCamera(show), inverted];
    box.append(pad, element("div", { class: "tools" }, ...ways, ...(centre ? [centre] : [])), element("p", { class: "hint" }, HINT));
    const small = element("canvas", { class: "seen", width, height, role: "img", "aria-label": "What the network gets" });
    if (centre) box.append(element("p", { class: "hint" }, small, " What the network gets."));
    pen.fillRect(0, 0, width, height);
    return () => {
      let seen = pen.getImageData(0, 0, width, height).data;
      if (centre) {
        if (isPressed(centre)) seen = root.Centre.centred(fine || pen.getImageData(0, 0, width, height), input);
        small.getContext("2d").putImageData(new ImageData(Uint8ClampedArray.from(seen), width, height), 0, 0);
      }
      return Prepare.pixels(seen, channels, input.scale, input.shift, isPressed(inverted));
    };
  }

  function draws(pad, pen, input, changed) {
    let last = null;
    const point = (event) => {
      const area = pad.getBoundingClientRect();
      return [((event.clientX - area.left) / area.width) * pad.width, ((event.clientY - area.top) / area.height) * pad.height];
    };
    const line = (event) => {
      const [x, y] = point(event);
      pen.strokeStyle = "#fff";
      pen.lineWidth = Math.max(1, pad.width / 13);
      pen.lineCap = pen.lineJoin = "round";
      pen.beginPath();
      pen.moveTo(...(last || [x, y]));
      pen.lineTo(x, y + (last ? 0 : 0.01));
      pen.stroke();
      last = [x, y];
      changed();
    };
    pad.addEventListener("pointerdown", (event) => {
      pad.setPointerCapture(event.pointerId);
      line(event);
    });
    pad.addEventListener("pointermove", (event) => last && line(event));
    for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, () => (last = null));
  }

  function fromFile(pad, show) {
    const chooser = element("input", { type: "file", accept: "image/*", "aria-label": "Choose a picture" });
    const open = async (file) => {
      if (!file || !file.type.startsWith("image/")) return;
      const image = await createImageBitmap(file, { colorSpaceConversion: "none" }).catch(() => null);
      if (image) show(image, image.width, image.height);
      else root.Page.problem(`${file.name} is no picture that this browser knows.`);
    };
    chooser.addEventListener("change", () => open(chooser.files[0]));
    pad.addEventListener("dragover", (event) => {
      event.preventDefault();
      pad.classList.add("dropping");
    });
    pad.addEventListener("dragleave", () => pad.classList.remove("dropping"));
    pad.addEventListener("drop", (event) => {
      event.preventDefault();
      pad.classList.remove("dropping");
      open(event.dataTransfer.files[0]);
    });
    return [button("Picture…", () => chooser.click()), chooser];
  }

  function fromCamera(show) {
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return [];
    let stream = null;
    const video = document.createElement("video");
    video.muted = video.playsInline = true;
    const toggle = button("Camera", async () => {
      if (stream) {
        for (const track of stream.getTracks()) track.stop();
        stream = null;
      } else {
        stream = await navigator.mediaDevices.getUserMedia({ video: true }).catch(() => null);
        if (!stream) return root.Page.problem("The camera can't be used; allow it in the browser.");
        video.srcObject = stream;
        await video.play();
        requestAnimationFrame(next);
      }
      toggle.setAttribute("aria-pressed", String(stream !== null));
    });
    toggle.setAttribute("aria-pressed", "false");
    let busy = false;
    async function next() {
      if (!stream) return;
      if (!busy && video.videoWidth) {
        busy = true;
        show(video, video.videoWidth, video.videoHeight);
        await root.Page.settled();
        busy = false;
      }
      requestAnimationFrame(next);
    }
    return [toggle];
  }

  const KINDS = { form, table, plain, text, picture };

  // The control of an input; what is returned reads the numbers (a flat list) that the network takes.
  function control(input, home, changed) {
    const box = element("fieldset", {}, element("legend", home.dataset.only ? { class: "unseen" } : {}, input.title));
    home.append(box);
    return KINDS[input.kind](input, box, changed);
  }

  root.Controls = { control, element, product };
})(window);
