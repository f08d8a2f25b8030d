fn main() {}
mod pages; mod site; mod visit;
