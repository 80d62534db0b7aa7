//! A scenario or a mock's configuration: right, or refused with a message.

#![no_main]

use harness::scenario::parse;
use libfuzzer_sys::fuzz_target;
use mock_sts::config::check::load;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for invalid in [parse("any.toml", text).err(), load("any.toml", text).err()] {
        let Some(invalid) = invalid else { continue };
        assert!(!invalid.problems.is_empty(), "refused without a reason");
        assert!(!invalid.render(true).is_empty(), "a message");
    }
});
