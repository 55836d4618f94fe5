//! The terminal screen: a pure update of a model, and effects that a runner carries out.
