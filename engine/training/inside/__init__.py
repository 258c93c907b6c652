"""What a layer sees, keeps and is taught: pictures of its outputs, weights and gradients while a network learns."""
