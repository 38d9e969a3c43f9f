//! The tracer.

use super::Traced;
use crate::model::effects::Cx;
use crate::model::typed::TypedBody;

/// Follows the fallible values of one body.
pub(super) struct Tracer<'a> {
    cx: Cx<'a>,
    body: &'a TypedBody,
    out: Traced,
}

impl<'a> Tracer<'a> {
    pub(super) fn new(cx: Cx<'a>, body: &'a TypedBody) -> Self {
        Tracer { cx, body, out: Traced::default() }
    }

    pub(super) fn run(self) -> Traced {
        let _ = (self.cx, self.body);
        self.out
    }
}
