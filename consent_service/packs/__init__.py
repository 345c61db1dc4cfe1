"""Packs that a worker makes: asked for, taken up, stored in sealed parts, handed out, forgotten after their term."""
