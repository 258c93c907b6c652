"""Pictures of strangers made into arrays of one size: decoding within bounds, fitting, and doing so for 100,000 of them."""
