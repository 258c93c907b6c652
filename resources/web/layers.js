// Layers that TensorFlow.js has, but without heed of which places of a sequence are padding.
(function (root) {
  "use strict";

  // The mean over those places of a sequence that are no padding, as Keras and Layerloom take it.
  function register(tf) {
    class GlobalAveragePooling1D extends tf.layers.Layer {
      constructor(config) {
        super(config);
        this.supportsMasking = true;
        this.keepDims = Boolean(config.keepDims || config.keepdims);
      }

      computeOutputShape(shape) {
        return this.keepDims ? [shape[0], 1, shape[2]] : [shape[0], shape[2]];
      }

      computeMask() {
        return null;
      }

      call(inputs, kwargs) {
        return tf.tidy(() => {
          const x = Array.isArray(inputs) ? inputs[0] : inputs;
          const given = kwargs && kwargs.mask;
          const mask = Array.isArray(given) ? given[0] : given;
          if (!mask) return tf.mean(x, 1, this.keepDims);
          const shares = tf.expandDims(tf.cast(mask, "float32"), 2);
          return tf.div(tf.sum(tf.mul(x, shares), 1, this.keepDims), tf.sum(shares, 1, this.keepDims));
        });
      }

      static get className() {
        return "GlobalAveragePooling1D";
      }
    }
    tf.serialization.registerClass(GlobalAveragePooling1D);
  }

  root.Layers = { register };
  if (typeof module !== "undefined") module.exports = root.Layers;
})(typeof window === "undefined" ? globalThis : window);
