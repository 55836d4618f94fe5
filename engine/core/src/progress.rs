//! How far long work has come.

/// Is told how far long work has come; from several threads at once.
pub trait Progress: Sync {
    /// So much work lies ahead, in bytes and in items.
    fn start(&self, bytes: u64, items: u64);
    /// An item of that many bytes is done.
    fn advance(&self, bytes: u64);
    /// The work is done.
    fn finish(&self);
}

/// Tells nobody.
impl Progress for () {
    fn start(&self, _bytes: u64, _items: u64) {}
    fn advance(&self, _bytes: u64) {}
    fn finish(&self) {}
}
