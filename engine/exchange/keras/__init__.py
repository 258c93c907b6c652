"""Files of Keras: `.keras` of Keras 3, `.h5` of all versions since 2.0. Keras itself is not needed."""
