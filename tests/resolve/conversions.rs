//! Conversions: the blanket impls of std, and impls for `!`.

use std::convert::Infallible;
use std::str::FromStr;

pub struct Port(u16);

#[derive(Debug)]
pub struct BadPort;

impl TryFrom<String> for Port {
    type Error = BadPort;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Port).map_err(|_| BadPort) //= parse: core::str::parse, map: core::result::Result::map, map_err: core::result::Result::map_err
    }
}

impl BadPort {
    fn code(&self) -> u8 {
        1
    }
}

pub struct Name(String);

impl From<&str> for Name {
    fn from(text: &str) -> Name {
        Name(text.to_owned()) //= to_owned: alloc::str::to_owned
    }
}

impl FromStr for Name {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Name, Infallible> {
        Ok(text.into()) //= into: core::convert::Into::into
    }
}

impl Name {
    fn short(&self) -> &str {
        self.0.as_str() //= as_str: alloc::string::String::as_str
    }
}

pub fn the_error_is_that_of_the_impl(text: String) -> u8 {
    let outcome = text.try_into().map(|port: Port| port.0); //= try_into: core::convert::TryInto::try_into
    outcome.map_err(|error| error.code()).err().unwrap_or(0) //= code: app::BadPort::code, err: core::result::Result::err
}

pub fn a_path_to_the_trait(text: String) -> u8 {
    match Port::try_from(text) { //= try_from: core::convert::TryFrom::try_from
        Ok(port) => port.0.leading_zeros() as u8, //= leading_zeros: core::u16::leading_zeros
        Err(error) => error.code(), //= code: app::BadPort::code
    }
}

pub fn the_target_is_told_later(text: &str) -> usize {
    let name: Name = text.into(); //= into: core::convert::Into::into
    let parsed = "x".parse::<Name>(); //= parse: core::str::parse
    let other = match parsed {
        Ok(name) => name,
        Err(never) => match never {},
    };
    name.short().len() + other.short().len() //= short: app::Name::short, len: core::str::len
}

pub fn numbers(small: u8) -> Result<usize, std::num::TryFromIntError> {
    let wide = i64::from(small); //= from: core::convert::From::from
    let size: usize = wide.try_into()?; //= try_into: core::convert::TryInto::try_into
    Ok(size.saturating_sub(1)) //= saturating_sub: core::usize::saturating_sub
}
