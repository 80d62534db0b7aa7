//! The same story from the service's side, one row a contender.

use super::page::{Page, name_cell, name_column};
use crate::render::table::{Cell, Column, Table, WhenTight};
use crate::render::units;
use crate::{RunReport, ServerTruth};

pub(super) fn write(page: &mut Page, report: &RunReport) {
    let seen = || report.contenders.iter().filter_map(|c| Some((c, c.server.as_ref()?)));
    if seen().next().is_none() {
        return;
    }
    page.section("WHAT THE SERVER SAW");
    const KEYS: &str = "key fetches";
    let mut table = Table::new(vec![
        name_column(page.width, report),
        Column::right("requests"),
        Column::right("peak/s"),
        Column::right("at").at_least(7).when_tight(WhenTight::Leave { rank: 2 }),
        Column::right("started").group(KEYS),
        Column::right("failed").group(KEYS).gap(1),
        Column::right("joined").group(KEYS).gap(1).when_tight(WhenTight::Leave { rank: 1 }),
        Column::left("refused").when_tight(WhenTight::Shorten { rank: 3, to: 24 }),
    ]);
    for (contender, server) in seen() {
        write_rows(&mut table, name_cell(page.width, report, &contender.name), server);
    }
    page.table(&table);
    for (contender, regions) in asked(report) {
        page.prose(&format!("  {contender}, requests by region"), "    ");
        page.prose(&format!("    {}", sentence(&regions)), "    ");
    }
    for (fault, counts) in strikes(report) {
        page.prose(&format!("  struck by {fault}"), "    ");
        page.prose(&format!("    {counts}"), "    ");
    }
}

fn write_rows(table: &mut Table, name: Cell, server: &ServerTruth) {
    let mut refused = refusals(server).into_iter();
    let keys = server.key_fetches;
    table.row(vec![
        name,
        Cell::new(units::count(server.requests)),
        Cell::new(units::count(server.peak_requests_per_s)),
        Cell::new(if server.requests > 0 {
            units::duration(server.peak_at_ns)
        } else {
            units::NONE.to_owned()
        }),
        Cell::new(units::count(keys.started)),
        Cell::new(units::count(keys.failed)),
        Cell::new(units::count(keys.joined)),
        Cell::new(refused.next().unwrap_or_else(|| "none".to_owned())),
    ]);
    for more in refused {
        let mut row = vec![Cell::new(""); 7];
        row.push(Cell::new(more));
        table.row(row);
    }
}

/// `eu-west-1 12 (3 throttled, 8 key fetches)`.
fn sentence(regions: &[[String; 4]]) -> String {
    let told = regions.iter().map(|[region, requests, throttled, fetches]| {
        format!("{region} {requests} ({throttled} throttled, {fetches} key fetches)")
    });
    told.collect::<Vec<_>>().join(", ")
}

/// Of each contender whose service has several regions: its name, and each region that was asked
/// with its requests, those that a limit refused, and the keys that it fetched.
pub(in crate::render) fn asked(report: &RunReport) -> Vec<(&str, Vec<[String; 4]>)> {
    let servers = report.contenders.iter().filter_map(|c| Some((&*c.name, c.server.as_ref()?)));
    let several = servers.filter(|(_, server)| !server.by_region.is_empty());
    several.map(|(name, server)| (name, regions(server))).collect()
}

fn regions(server: &ServerTruth) -> Vec<[String; 4]> {
    let asked = server.by_region.iter().filter(|region| region.requests > 0).map(|region| {
        let counts = [region.requests, region.throttled, region.key_fetches];
        let [requests, throttled, fetches] = counts.map(units::count);
        [region.region.clone(), requests, throttled, fetches]
    });
    asked.collect()
}

/// By code, then by the limit that spoke; a number first, so that no shortening loses it.
pub(in crate::render) fn refusals(server: &ServerTruth) -> Vec<String> {
    let by_code = server.refused.iter().map(|r| format!("{} {}", units::count(r.count), r.code));
    let by_limit = server.throttled_by_limit.iter();
    by_code.chain(by_limit.map(|l| format!("{} by {}", units::count(l.count), l.limit))).collect()
}

/// Each fault, and how many requests of each contender it struck: `naive 12, cached 3`. Only the
/// server knows, as a client cannot tell a fault's answers from others.
pub(in crate::render) fn strikes(report: &RunReport) -> Vec<(&str, String)> {
    let servers: Vec<_> =
        report.contenders.iter().filter_map(|c| Some((&c.name, c.server.as_ref()?))).collect();
    let most = servers.iter().max_by_key(|(_, server)| server.struck_by_fault.len());
    let faults = most.into_iter().flat_map(|(_, server)| &server.struck_by_fault).enumerate();
    let told = faults.map(|(at, fault)| {
        let counts = servers.iter().filter_map(|(name, server)| {
            let struck = server.struck_by_fault.get(at)?;
            Some(format!("{name} {}", units::count(struck.count)))
        });
        (fault.fault.as_str(), counts.collect::<Vec<_>>().join(", "))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RegionCount;

    #[test]
    fn regions_that_were_not_asked_are_left_out() {
        let count = |region: &str, requests, throttled, key_fetches| RegionCount {
            region: region.into(),
            requests,
            throttled,
            key_fetches,
        };
        let by_region = vec![
            count("us-east-1", 12_000, 3, 8),
            count("eu-west-1", 0, 0, 0),
            count("x-1", 1, 0, 0),
        ];
        let server = ServerTruth { by_region, ..ServerTruth::default() };
        assert_eq!(
            sentence(&regions(&server)),
            "us-east-1 12 000 (3 throttled, 8 key fetches), x-1 1 (0 throttled, 0 key fetches)"
        );
    }
}
