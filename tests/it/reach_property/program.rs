//! The three runs through the real program, on git repositories with symbolic links.
