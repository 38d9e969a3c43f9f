//! Facts to bytes and back, for caches and the shipped table of std.

use super::{FileFacts, SCHEMA};

/// Facts as bytes: schema version, checksum, content.
pub fn encode(facts: &FileFacts) -> Vec<u8> {
    let body = postcard::to_stdvec(facts).unwrap_or_default();
    let mut out = Vec::with_capacity(body.len() + 12);
    out.extend_from_slice(&SCHEMA.to_le_bytes());
    out.extend_from_slice(&blake3::hash(&body).as_bytes()[..8]);
    out.extend_from_slice(&body);
    out
}

/// Facts from bytes; `None` when they are not what [`encode`] of this schema made.
pub fn decode(bytes: &[u8]) -> Option<FileFacts> {
    let (schema, rest) = bytes.split_first_chunk::<4>()?;
    let (sum, body) = rest.split_first_chunk::<8>()?;
    if u32::from_le_bytes(*schema) != SCHEMA || blake3::hash(body).as_bytes()[..8] != *sum {
        return None;
    }
    postcard::from_bytes(body).ok()
}
