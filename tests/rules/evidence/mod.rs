mod notes;
mod trees;
