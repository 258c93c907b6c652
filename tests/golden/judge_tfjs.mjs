// A program for Node: opens layers models in TensorFlow.js, says what they predict, and saves them again itself.
//
//     node judge_tfjs.mjs FOLDER     from a folder that has @tensorflow/tfjs
//
// Each folder NAME in FOLDER has model.json, its shards and inputs.json: [{data, shape, dtype}, ..]. Written are, in the same
// folder, said.json: {outputs: [{data, shape}, ..]} or {refused: text}, and saved/model.json with saved/weights.bin. Where
// there is a targets.json like inputs.json, one step of training follows, after which the model is saved in trained.
import fs from 'fs';
import {createRequire} from 'module';
const tf = createRequire(process.cwd() + '/')('@tensorflow/tfjs');
const folder = process.argv[2];

async function opened(path) {
  const model = JSON.parse(fs.readFileSync(path + '/model.json'));
  const groups = model.weightsManifest;
  const names = groups.flatMap((group) => group.paths);
  const data = Buffer.concat(names.map((name) => fs.readFileSync(path + '/' + name)));
  const bytes = data.buffer.slice(data.byteOffset, data.byteOffset + data.length);
  return tf.loadLayersModel({
    load: async () => ({...model, weightSpecs: groups.flatMap((group) => group.weights), weightData: bytes}),
  });
}

async function saved(model, path, config) {
  fs.mkdirSync(path, {recursive: true});
  await model.save({
    save: async (artifacts) => {
      const manifest = [{paths: ['weights.bin'], weights: artifacts.weightSpecs}];
      const {modelTopology, trainingConfig} = artifacts;
      const whole = {format: 'layers-model', modelTopology, trainingConfig, weightsManifest: manifest};
      fs.writeFileSync(path + '/model.json', JSON.stringify(whole));
      fs.writeFileSync(path + '/weights.bin', Buffer.from(artifacts.weightData));
      return {modelArtifactsInfo: {dateSaved: new Date(), modelTopologyType: 'JSON'}};
    },
  }, config);
}

for (const name of fs.readdirSync(folder).sort()) {
  const path = folder + '/' + name;
  if (!fs.existsSync(path + '/model.json')) continue;
  let said;
  try {
    const model = await opened(path);
    const inputs = JSON.parse(fs.readFileSync(path + '/inputs.json'));
    const given = (facts) => facts.map(({data, shape, dtype}) => tf.tensor(data, shape, dtype));
    const tensors = given(inputs);
    const found = model.predict(tensors.length > 1 ? tensors : tensors[0]);
    const outputs = (Array.isArray(found) ? found : [found]).map((y) => ({data: [...y.dataSync()], shape: y.shape}));
    await saved(model, path + '/saved');
    if (fs.existsSync(path + '/targets.json')) {
      const targets = given(JSON.parse(fs.readFileSync(path + '/targets.json')));
      await model.trainOnBatch(tensors[0], targets[0]);
      const includeOptimizer = model.optimizer.getClassName() !== 'Adamax'; // which it can't save
      await saved(model, path + '/trained', {includeOptimizer});
    }
    said = {outputs};
    model.dispose();
  } catch (error) {
    said = {refused: String(error)};
  }
  fs.writeFileSync(path + '/said.json', JSON.stringify(said));
}
