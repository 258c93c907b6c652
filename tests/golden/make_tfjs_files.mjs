// Writes a folder of layers models saved by real TensorFlow.js, with inputs and what it says of them.
//
// Run by hand, outside the project's environment, when models are added; the last lines of make_keras_files.py name them:
//
//     for each model: python3 main.py convert NAME.keras FOLDER/NAME/model.json, and its inputs in FOLDER/NAME/inputs.json
//     npm install @tensorflow/tfjs@4.22.0
//     node tests/golden/make_tfjs_files.mjs FOLDER OUT
//
// OUT is packed as tests/golden/tfjs_files.zip. That it opens what `convert` wrote is the first proof.
import fs from 'fs';
import {createRequire} from 'module';
const tf = createRequire(process.cwd() + '/')('@tensorflow/tfjs');
const [folder, out] = process.argv.slice(2);

async function opened(path) {
  const model = JSON.parse(fs.readFileSync(path + '/model.json'));
  const {paths, weights} = model.weightsManifest[0];
  const data = Buffer.concat(paths.map((name) => fs.readFileSync(path + '/' + name)));
  const bytes = data.buffer.slice(data.byteOffset, data.byteOffset + data.length);
  return tf.loadLayersModel({
    load: async () => ({modelTopology: model.modelTopology, weightSpecs: weights, weightData: bytes}),
  });
}

for (const name of fs.readdirSync(folder).sort()) {
  const model = await opened(folder + '/' + name);
  const inputs = JSON.parse(fs.readFileSync(folder + '/' + name + '/inputs.json'));
  const tensors = inputs.map(({data, shape, dtype}) => tf.tensor(data, shape, dtype));
  const said = model.predict(tensors.length > 1 ? tensors : tensors[0]);
  const outputs = (Array.isArray(said) ? said : [said]).map((y) => ({data: [...y.dataSync()], shape: y.shape}));
  const path = out + '/' + name;
  fs.mkdirSync(path, {recursive: true});
  fs.writeFileSync(path + '/said.json', JSON.stringify({inputs, outputs}));
  await model.save({
    save: async (artifacts) => {
      const manifest = [{paths: ['weights.bin'], weights: artifacts.weightSpecs}];
      const whole = {format: 'layers-model', modelTopology: artifacts.modelTopology, weightsManifest: manifest};
      fs.writeFileSync(path + '/model.json', JSON.stringify(whole));
      fs.writeFileSync(path + '/weights.bin', Buffer.from(artifacts.weightData));
      return {modelArtifactsInfo: {dateSaved: new Date(), modelTopologyType: 'JSON'}};
    },
  });
}
