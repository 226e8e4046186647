// What the bundles miss in a bare engine, and the one function that Go calls.
globalThis.structuredClone = v => v === undefined ? v : JSON.parse(JSON.stringify(v));

// load is called between the bundles and the first chart.
function load() {
	"use strict";
	// A chart is its data: the same specification must give the same bytes.
	Math.random = () => { throw new Error("a chart has no random numbers"); };

	// What Vega only warns of is a chart that shows something other than what was asked.
	const complaints = [];
	const complain = (...words) => { complaints.push(words.map(String).join(" ")); return logger; };
	const logger = {
		level: l => l === undefined ? vega.Warn : logger,
		error: complain, warn: complain,
		info: () => logger, debug: () => logger,
	};
	const refuse = () => Promise.reject(new Error("a chart loads nothing from elsewhere"));
	const loader = {load: refuse, sanitize: refuse, http: refuse, file: refuse};

	let drawn;
	const failed = e => { drawn = {error: String(e && e.message || e)}; };
	globalThis.draw = text => {
		drawn = undefined;
		complaints.length = 0;
		try {
			const compiled = vegaLite.compile(JSON.parse(text), {logger}).spec;
			const view = new vega.View(vega.parse(compiled, null), {renderer: "none", loader, logger});
			view.toSVG().then(svg => { drawn = {svg}; view.finalize(); }).catch(failed);
		} catch (e) {
			failed(e);
		}
	};
	globalThis.result = () => {
		const r = drawn || {error: "it was not drawn to its end"};
		drawn = undefined;
		if (complaints.length > 0 && !r.error) return "!" + complaints[0];
		return r.error ? "!" + r.error : r.svg;
	};
}
