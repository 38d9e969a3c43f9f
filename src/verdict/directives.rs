//! The comments that speak to us: `// prr: allow(lint, reason = "..")` and `// prr: detached(reason = "..")`.
//!
//! [`crate::facts`] finds the comments; this page reads what stands after `prr:`. Rooms that look for one kind only ask
//! [`parse`] and ignore the rest: mistakes are reported once, by the verdict.

/// What a comment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive<'a> {
    /// Findings of these lints are accepted here.
    Allow {
        /// Names as written, `prr::` taken off.
        lints: Vec<&'a str>,
        /// Why.
        reason: Option<String>,
    },
    /// This task or result is let go on purpose.
    Detached {
        /// Why.
        reason: Option<String>,
    },
}

/// Names of directives.
pub const NAMES: &[&str] = &["allow", "detached"];

/// Reads the text after `prr:`.
///
/// # Errors
///
/// What is wrong with it: lower case, no final stop.
pub fn parse(text: &str) -> Result<Directive<'_>, String> {
    let text = text.trim();
    let name_end = text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (name, rest) = text.split_at(name_end);
    if !NAMES.contains(&name) {
        let near = crate::config::nearest(name, NAMES).map(|near| format!(": did you mean `{near}`?"));
        return Err(format!("unknown directive `{name}`{}", near.unwrap_or_else(|| format!(": there are {}", NAMES.join(", ")))));
    }
    let (lints, reason) = arguments(rest.trim_start())?;
    match name {
        "allow" if lints.is_empty() => Err("`allow` names no lint: `allow(lint, reason = \"..\")`".to_owned()),
        "allow" => Ok(Directive::Allow { lints, reason }),
        _ => match lints.first() {
            Some(extra) => Err(format!("`detached` takes a reason alone, not `{extra}`")),
            None => Ok(Directive::Detached { reason }),
        },
    }
}

/// `(a, b, reason = "..")`; nothing at all is an empty list.
fn arguments(text: &str) -> Result<(Vec<&str>, Option<String>), String> {
    if text.is_empty() {
        return Ok((Vec::new(), None));
    }
    let mut rest = text.strip_prefix('(').ok_or_else(|| format!("expected `(` before `{text}`"))?;
    let (mut names, mut reason) = (Vec::new(), None);
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix(')') {
            return match after.trim() {
                "" => Ok((names, reason)),
                // What follows the directive may be a remark, set off by white space.
                _ if after.starts_with(char::is_whitespace) => Ok((names, reason)),
                extra => Err(format!("unexpected `{extra}` after the directive")),
            };
        }
        let end = rest.find(|c: char| c != '_' && c != ':' && !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let after = after.trim_start();
        if name.is_empty() {
            return Err(if rest.is_empty() { "the closing `)` is missing".to_owned() } else { format!("expected a name before `{rest}`") });
        }
        rest = if let (true, Some(value)) = (name == "reason", after.strip_prefix('=')) {
            let (text, after) = quoted(value.trim_start()).ok_or("`reason` takes a text in quotes")?;
            reason = Some(text).filter(|text| !text.trim().is_empty());
            after.trim_start()
        } else {
            names.push(name.strip_prefix("prr::").unwrap_or(name));
            after
        };
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None if rest.starts_with(')') => {}
            None if rest.is_empty() => return Err("the closing `)` is missing".to_owned()),
            None => return Err(format!("expected `,` or `)` before `{rest}`")),
        }
    }
}

/// A quoted text and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return Some((value, &inner[at + 1..])),
            _ => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow<'a>(lints: &[&'a str], reason: Option<&str>) -> Directive<'a> {
        Directive::Allow { lints: lints.to_vec(), reason: reason.map(str::to_owned) }
    }

    #[test]
    fn well_formed_ones_are_read() {
        assert_eq!(parse("allow(print_logging, reason = \"banner\")"), Ok(allow(&["print_logging"], Some("banner"))));
        assert_eq!(parse(" allow ( prr::a , b, reason=\"say \\\"hi\\\" (now)\" , ) "), Ok(allow(&["a", "b"], Some("say \"hi\" (now)"))));
        assert_eq!(parse("allow(reason = \"first\", a)"), Ok(allow(&["a"], Some("first"))));
        assert_eq!(parse("allow(a) see the runbook"), Ok(allow(&["a"], None)));
        assert_eq!(parse("allow(a, reason = \" \")"), Ok(allow(&["a"], None)));
        assert_eq!(parse("detached(reason = \"warms the cache\")"), Ok(Directive::Detached { reason: Some("warms the cache".into()) }));
        assert_eq!(parse("detached"), Ok(Directive::Detached { reason: None }));
    }

    #[test]
    fn mistakes_are_named() {
        let error = |text| parse(text).unwrap_err();
        assert_eq!(error("alow(a)"), "unknown directive `alow`: did you mean `allow`?");
        assert_eq!(error("ignore(a)"), "unknown directive `ignore`: there are allow, detached");
        assert_eq!(error("allow"), "`allow` names no lint: `allow(lint, reason = \"..\")`");
        assert_eq!(error("allow(a"), "the closing `)` is missing");
        assert_eq!(error("allow(a b)"), "expected `,` or `)` before `b)`");
        assert_eq!(error("allow(a, reason = banner)"), "`reason` takes a text in quotes");
        assert_eq!(error("allow a"), "expected `(` before `a`");
        assert_eq!(error("allow(a)x"), "unexpected `x` after the directive");
        assert_eq!(error("detached(a)"), "`detached` takes a reason alone, not `a`");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,60}", args in "[a-z:,()= \"\\\\]{0,40}") {
            let _ = parse(&text);
            let _ = parse(&format!("allow({args}"));
        }
    }
}
