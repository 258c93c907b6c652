// TensorFlow.js in Node, from the folder or file that is given: node judge_tfjs.js MODEL FOLDER TFJS
"use strict";
const fs = require("fs");
const path = require("path");

const [given, folder, library] = process.argv.slice(2);
const model = given.endsWith("index.html") ? path.join(path.dirname(given), "model.json") : given; // of a web page
const tf = require(library);
if (model !== given) require("../web/layers.js").register(tf); // as the page does it

function handler() {
  const whole = JSON.parse(fs.readFileSync(model, "utf8"));
  const groups = whole.weightsManifest;
  const shards = groups.flatMap((group) => group.paths.map((name) => fs.readFileSync(path.join(path.dirname(model), name))));
  const bytes = new Uint8Array(Buffer.concat(shards));
  return {
    load: async () => ({
      modelTopology: whole.modelTopology,
      weightSpecs: groups.flatMap((group) => group.weights),
      weightData: bytes.buffer,
      format: whole.format,
    }),
  };
}

function sample(fact, k) {
  const bytes = new Uint8Array(fs.readFileSync(path.join(folder, `x${k}.bin`)));
  const numbers = fact.dtype === "<i4" ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer);
  return tf.tensor(numbers, fact.shape, fact.dtype === "<i4" ? "int32" : "float32");
}

async function main() {
  await tf.setBackend("cpu");
  const network = await tf.loadLayersModel(handler());
  const facts = JSON.parse(fs.readFileSync(path.join(folder, "inputs.json"), "utf8"));
  const inputs = facts.map(sample);
  const outputs = [network.predict(inputs.length > 1 ? inputs : inputs[0])].flat();
  const answers = outputs.map((output, k) => {
    fs.writeFileSync(path.join(folder, `y${k}.bin`), Buffer.from(Float32Array.from(output.dataSync()).buffer));
    return { shape: output.shape, dtype: "<f4" };
  });
  fs.writeFileSync(path.join(folder, "outputs.json"), JSON.stringify(answers));
}

main().catch((error) => {
  console.error(String(error.message || error));
  process.exit(1);
});
