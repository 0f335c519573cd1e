mod notes;
mod retention;
mod trees;
