//! Futures: what `.await` gives, through `async fn`, blocks, boxes, traits and `IntoFuture`.

use std::future::{Future, IntoFuture, ready};
use std::io;
use std::pin::Pin;

pub struct Client;

pub struct Reply {
    pub body: Vec<u8>,
}

impl Reply {
    pub async fn text(self) -> Result<String, io::Error> {
        String::from_utf8(self.body).map_err(io::Error::other) //= from_utf8: alloc::string::String::from_utf8, map_err: core::result::Result::map_err
    }
}

pub struct Request {
    to: String,
}

impl IntoFuture for Request {
    type Output = Result<Reply, io::Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(Reply { body: self.to.into_bytes() }) }) //= into_bytes: alloc::string::String::into_bytes
    }
}

impl Client {
    pub fn get(&self, to: &str) -> Request {
        Request { to: to.to_owned() }
    }
}

pub trait Backend {
    fn load(&self, key: u32) -> impl Future<Output = Option<Reply>> + Send;
}

pub async fn awaited(client: &Client) -> io::Result<usize> {
    let text = client.get("/").await?.text().await?; //= get: app::Client::get, text: app::Reply::text
    Ok(text.lines().count()) //= lines: core::str::lines
}

pub async fn in_a_block(client: &Client) -> u32 {
    let pending = async {
        let reply = client.get("/a").await.ok()?; //= ok: core::result::Result::ok
        reply.text().await.ok() //= text: app::Reply::text, ok: core::result::Result::ok
    };
    pending.await.map_or(0, |text| text.len() as u32) //= map_or: core::option::Option::map_or, len: alloc::string::String::len
}

pub async fn through_a_trait<B: Backend>(backend: &B) -> bool {
    let reply = backend.load(1).await; //= load: app::Backend::load
    reply.is_some_and(|reply| reply.body.starts_with(b"{")) //= is_some_and: core::option::Option::is_some_and, starts_with: core::slice::starts_with
}

pub async fn a_function_that_takes_a_future(seen: &mut Vec<u16>) {
    async fn twice<F: Future>(make: impl Fn() -> F) -> (F::Output, F::Output) {
        (make().await, make().await)
    }
    let (a, b) = twice(|| ready(3u16)).await;
    seen.push(a.rotate_left(1)); //= push: alloc::vec::Vec::push, rotate_left: core::u16::rotate_left
    seen.push(b.swap_bytes()); //= swap_bytes: core::u16::swap_bytes
}
