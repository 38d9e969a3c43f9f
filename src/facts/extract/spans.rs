//! First tokens and attributes of nodes. `syn`'s own `Spanned` makes tokens of the whole node to find its first one, which costs more than
//! reading it.

use proc_macro2::Span;
use syn::spanned::Spanned;

pub(super) fn member_span(m: &syn::Member) -> Span {
    match m {
        syn::Member::Named(i) => i.span(),
        syn::Member::Unnamed(i) => i.span,
    }
}

fn path_span(path: &syn::Path, qself: Option<&syn::QSelf>) -> Span {
    match (qself, &path.leading_colon, path.segments.first()) {
        (Some(q), _, _) => q.lt_token.span,
        (None, Some(c), _) => c.spans[0],
        (None, None, Some(s)) => s.ident.span(),
        (None, None, None) => Span::call_site(),
    }
}

/// First token of an expression, its attributes left out.
pub(super) fn first_span(mut e: &syn::Expr) -> Span {
    use syn::Expr as E;
    loop {
        e = match e {
            E::Array(x) => return x.bracket_token.span.open(),
            E::Assign(x) => &x.left,
            E::Async(x) => return x.async_token.span,
            E::Await(x) => &x.base,
            E::Binary(x) => &x.left,
            E::Block(x) => return x.label.as_ref().map_or_else(|| x.block.brace_token.span.open(), |l| l.name.apostrophe),
            E::Break(x) => return x.break_token.span,
            E::Call(x) => &x.func,
            E::Cast(x) => &x.expr,
            E::Const(x) => return x.const_token.span,
            E::Continue(x) => return x.continue_token.span,
            E::Field(x) => &x.base,
            E::ForLoop(x) => return x.label.as_ref().map_or(x.for_token.span, |l| l.name.apostrophe),
            E::Group(x) => &x.expr,
            E::If(x) => return x.if_token.span,
            E::Index(x) => &x.expr,
            E::Infer(x) => return x.underscore_token.span,
            E::Let(x) => return x.let_token.span,
            E::Lit(x) => return x.lit.span(),
            E::Loop(x) => return x.label.as_ref().map_or(x.loop_token.span, |l| l.name.apostrophe),
            E::Macro(x) => return path_span(&x.mac.path, None),
            E::Match(x) => return x.match_token.span,
            E::MethodCall(x) => &x.receiver,
            E::Paren(x) => return x.paren_token.span.open(),
            E::Path(x) => return path_span(&x.path, x.qself.as_ref()),
            E::RawAddr(x) => return x.and_token.span,
            E::Reference(x) => return x.and_token.span,
            E::Repeat(x) => return x.bracket_token.span.open(),
            E::Return(x) => return x.return_token.span,
            E::Struct(x) => return path_span(&x.path, x.qself.as_ref()),
            E::Try(x) => &x.expr,
            E::TryBlock(x) => return x.try_token.span,
            E::Tuple(x) => return x.paren_token.span.open(),
            E::Unsafe(x) => return x.unsafe_token.span,
            E::While(x) => return x.label.as_ref().map_or(x.while_token.span, |l| l.name.apostrophe),
            E::Yield(x) => return x.yield_token.span,
            other => return other.span(),
        }
    }
}

/// First token of a pattern, its attributes left out.
pub(super) fn pat_span(mut p: &syn::Pat) -> Span {
    use syn::Pat as P;
    loop {
        p = match p {
            P::Const(x) => return x.const_token.span,
            P::Guard(x) => &x.pat,
            P::Ident(x) => {
                let by = x.by_ref.map(|t| t.span).or(x.mutability.map(|t| t.span));
                return by.unwrap_or_else(|| x.ident.span());
            }
            P::Lit(x) => return x.lit.span(),
            P::Macro(x) => return path_span(&x.mac.path, None),
            P::Or(x) => match (&x.leading_vert, x.cases.first()) {
                (Some(vert), _) => return vert.span,
                (None, Some(first)) => first,
                (None, None) => return Span::call_site(),
            },
            P::Paren(x) => return x.paren_token.span.open(),
            P::Path(x) => return path_span(&x.path, x.qself.as_ref()),
            P::Range(x) => match (&x.start, &x.limits) {
                (Some(start), _) => return first_span(start),
                (None, syn::RangeLimits::HalfOpen(dots)) => return dots.spans[0],
                (None, syn::RangeLimits::Closed(dots)) => return dots.spans[0],
            },
            P::Reference(x) => return x.and_token.span,
            P::Rest(x) => return x.dot2_token.spans[0],
            P::Slice(x) => return x.bracket_token.span.open(),
            P::Struct(x) => return path_span(&x.path, x.qself.as_ref()),
            P::Tuple(x) => return x.paren_token.span.open(),
            P::TupleStruct(x) => return path_span(&x.path, x.qself.as_ref()),
            P::Type(x) => &x.pat,
            P::Wild(x) => return x.underscore_token.span,
            other => return other.span(),
        }
    }
}

/// Attributes of an expression.
pub(super) fn expr_attrs(e: &syn::Expr) -> &[syn::Attribute] {
    use syn::Expr as E;
    match e {
        E::Array(x) => &x.attrs,
        E::Assign(x) => &x.attrs,
        E::Async(x) => &x.attrs,
        E::Await(x) => &x.attrs,
        E::Binary(x) => &x.attrs,
        E::Block(x) => &x.attrs,
        E::Break(x) => &x.attrs,
        E::Call(x) => &x.attrs,
        E::Cast(x) => &x.attrs,
        E::Closure(x) => &x.attrs,
        E::Const(x) => &x.attrs,
        E::Continue(x) => &x.attrs,
        E::Field(x) => &x.attrs,
        E::ForLoop(x) => &x.attrs,
        E::Group(x) => &x.attrs,
        E::If(x) => &x.attrs,
        E::Index(x) => &x.attrs,
        E::Infer(x) => &x.attrs,
        E::Let(x) => &x.attrs,
        E::Lit(x) => &x.attrs,
        E::Loop(x) => &x.attrs,
        E::Macro(x) => &x.attrs,
        E::Match(x) => &x.attrs,
        E::MethodCall(x) => &x.attrs,
        E::Paren(x) => &x.attrs,
        E::Path(x) => &x.attrs,
        E::Range(x) => &x.attrs,
        E::RawAddr(x) => &x.attrs,
        E::Reference(x) => &x.attrs,
        E::Repeat(x) => &x.attrs,
        E::Return(x) => &x.attrs,
        E::Struct(x) => &x.attrs,
        E::Try(x) => &x.attrs,
        E::TryBlock(x) => &x.attrs,
        E::Tuple(x) => &x.attrs,
        E::Unary(x) => &x.attrs,
        E::Unsafe(x) => &x.attrs,
        E::While(x) => &x.attrs,
        E::Yield(x) => &x.attrs,
        _ => &[],
    }
}
