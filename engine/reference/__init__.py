"""The reference: a page for everything that is declared, generated from the declarations and kept in `resources`."""
