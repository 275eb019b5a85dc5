"""What both sides must agree on: the canonical model, correspondences, translation, profiles and layouts."""
