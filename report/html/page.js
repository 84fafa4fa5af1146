"use strict";
// A cell of a CSV, as report/csv.go writes it: testdata/csv_cells.json holds for both.
const csvCell = text => {
	const formula = /^[\t\r\n]|^[\p{White_Space}\p{Cf}"']*[=+\-@＝＋－＠]/u.test(text);
	const quoted = /[,"]/.test(text) || !formula && /^\p{White_Space}/u.test(text) || text === "\\.";
	const cell = (formula ? "'" : "") + text.replaceAll('"', '""').replace(/(?=\p{White_Space})[\p{Cc}\p{Zl}\p{Zp}]/gu, " ")
		.replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}]/gu, "\ufffd");
	return quoted ? `"${cell}"` : cell;
};

// Reads the plain table into arrays, and draws of it only what is visible.
(() => {
	const ROW = 28, NAME = 190, COLUMN = 148, plain = document.getElementById("plain"), live = document.getElementById("live");
	const letters = ["", "a", "p", "m", "r", "t", "u", "i", "e"];
	const words = ["", "available", "premium", "aftermarket", "restricted", "taken", "unsupported", "invalid", "error"];
	const heads = [...plain.tHead.rows[0].cells].slice(1), lines = plain.tBodies[0].rows;
	const width = heads.length, height = lines.length;
	const extensions = heads.map(h => ({ text: h.textContent, ascii: h.dataset.a }));
	const names = [], status = new Uint8Array(width * height), price = new Float64Array(width * height).fill(NaN);
	const renewal = new Float64Array(width * height).fill(NaN), years = new Float64Array(width * height).fill(NaN);
	for (let y = 0; y < height; y++) {
		const cells = lines[y].cells;
		names.push({ text: cells[0].textContent, ascii: cells[0].dataset.a });
		for (let x = 0; x < width; x++) {
			const cell = cells[x + 1], at = y * width + x;
			status[at] = Math.max(0, letters.indexOf(cell.className));
			const match = /^\S+ (?:▲ )?([\d.]+)/.exec(cell.textContent), later = cell.querySelector("i");
			if (match) price[at] = +match[1];
			if (later) renewal[at] = +later.textContent;
			years[at] = price[at] + 2 * renewal[at];
		}
	}

	const make = (kind, put, ...inner) => { const e = Object.assign(document.createElement(kind), put); e.append(...inner); return e; };
	const text = make("input", { type: "search", placeholder: "part of a name" });
	const only = make("input", { type: "text", placeholder: "fr, co.uk, …" });
	const most = make("input", { type: "number", min: 0, step: "any", placeholder: "any" });
	const show = make("select", {}, ...[["price", "first year and later ones"], ["years", "three years in all"]].map(([value, label]) => make("option", { value, textContent: label })));
	const order = make("select", {}, ...[["name", "name"], ["free", "most available"], ["cheap", "cheapest"]].map(([value, label]) => make("option", { value, textContent: label })));
	const boxes = words.slice(1).map((word, i) => make("input", { type: "checkbox", checked: true, value: i + 1, name: word }));
	const copy = make("button", { type: "button", textContent: "Copy as CSV" }), save = make("button", { type: "button", textContent: "Download CSV" });
	const clear = make("button", { type: "button", textContent: "Select nothing" });
	const form = make("form", {}, make("label", {}, "Name ", text), make("label", {}, "Extensions ", only), make("label", {}, "At most ", most),
		make("label", {}, "Show ", show), make("label", {}, "Sort by ", order), ...boxes.map(b => make("label", {}, b, " " + b.name)), copy, save, clear);
	form.setAttribute("role", "search");
	form.addEventListener("submit", e => e.preventDefault());
	const count = make("p", { id: "count" });
	count.setAttribute("role", "status");
	const grid = make("div", { id: "grid" }), space = make("div", { id: "space" });
	grid.setAttribute("role", "grid");
	grid.setAttribute("aria-label", "names and extensions; arrows move, space selects");
	grid.setAttribute("aria-multiselectable", "true");
	grid.append(space);
	live.append(form, count, grid);
	live.hidden = false;
	document.documentElement.className = "live";

	let rows = [], columns = [], by = -1, falling = false, active = [0, 0];
	const picked = new Set();
	const shown = at => status[at] > 0 && boxes[status[at] - 1].checked && !(price[at] > limit) && !(limit < Infinity && Number.isNaN(price[at]));
	let limit = Infinity;
	const filter = () => {
		const part = text.value.trim().toLowerCase(), list = only.value.toLowerCase().split(/[\s,]+/).map(e => e.replace(/^\./, "")).filter(Boolean);
		limit = most.value === "" ? Infinity : +most.value;
		columns = [];
		for (let x = 0; x < width; x++) if (!list.length || list.includes(extensions[x].ascii) || list.includes(extensions[x].text.slice(1))) columns.push(x);
		const free = new Uint32Array(height), cheap = new Float64Array(height).fill(Infinity);
		let cells = 0;
		rows = [];
		for (let y = 0; y < height; y++) {
			if (part && !names[y].text.includes(part) && !names[y].ascii.includes(part)) continue;
			let any = 0;
			for (const x of columns) {
				const at = y * width + x;
				if (!shown(at)) continue;
				any++;
				if (status[at] < 4) { if (status[at] === 1) free[y]++; if (price[at] < cheap[y]) cheap[y] = price[at]; }
			}
			if (any) { rows.push(y); cells += any; }
		}
		const value = y => { const at = y * width + by; const v = shown(at) ? (show.value === "years" ? years : price)[at] : NaN; return Number.isNaN(v) ? Infinity : v; };
		const byName = (a, b) => names[a].text < names[b].text ? -1 : names[a].text > names[b].text ? 1 : 0;
		if (by >= 0) rows.sort((a, b) => { const d = value(a) - value(b); return (Number.isNaN(d) || d === 0) ? byName(a, b) : d; });
		else if (order.value === "free") rows.sort((a, b) => free[b] - free[a] || byName(a, b));
		else if (order.value === "cheap") rows.sort((a, b) => { const d = cheap[a] - cheap[b]; return (Number.isNaN(d) || d === 0) ? byName(a, b) : d; });
		else rows.sort(byName);
		if (falling) rows.reverse();
		count.textContent = `${rows.length} of ${height} names, ${cells} domains` + (picked.size ? `, ${picked.size} selected` : "");
		grid.setAttribute("aria-rowcount", rows.length + 1);
		grid.setAttribute("aria-colcount", columns.length + 1);
		space.style.width = NAME + columns.length * COLUMN + "px";
		space.style.height = (rows.length + 1) * ROW + "px";
		active = [Math.min(active[0], rows.length - 1), Math.min(active[1], columns.length - 1)];
		draw();
	};

	const label = at => {
		if (show.value === "years" && !Number.isNaN(years[at])) return years[at].toFixed(2);
		return "";
	};
	const place = (e, x, y) => { e.style.transform = `translate(${x}px, ${y}px)`; };
	let pending = false;
	const draw = () => {
		pending = false;
		const focused = document.activeElement && document.activeElement.closest("#grid");
		const top = grid.scrollTop, left = grid.scrollLeft;
		const y0 = Math.max(0, Math.floor(top / ROW) - 4), y1 = Math.min(rows.length, Math.ceil((top + grid.clientHeight) / ROW) + 4);
		const x0 = Math.max(0, Math.floor(left / COLUMN) - 2), x1 = Math.min(columns.length, Math.ceil((left + grid.clientWidth - NAME) / COLUMN) + 2);
		const parts = [];
		const put = (row, className, role, x, y, w, inner) => {
			const e = make("div", { className: "cell " + className }, inner);
			e.setAttribute("role", role);
			e.style.width = w + "px";
			place(e, x, y);
			row.append(e);
			return e;
		};
		const rowOf = index => { const r = document.createElement("div"); r.setAttribute("role", "row"); r.setAttribute("aria-rowindex", index + 1); parts.push(r); return r; };
		const head = rowOf(0);
		const corner = put(head, "head corner", "columnheader", left, top, NAME, "name");
		corner.dataset.x = -1;
		corner.setAttribute("aria-colindex", 1);
		for (let x = x0; x < x1; x++) {
			const c = columns[x], e = put(head, "head", "columnheader", NAME + x * COLUMN, top, COLUMN, extensions[c].text + (by === c ? (falling ? " ▾" : " ▴") : ""));
			e.dataset.x = c;
			e.title = "sort by " + extensions[c].text;
			e.setAttribute("aria-colindex", x + 2);
			if (by === c) e.setAttribute("aria-sort", falling ? "descending" : "ascending");
		}
		for (let y = y0; y < y1; y++) {
			const line = rows[y], row = rowOf(y + 1), cells = lines[line].cells;
			const name = put(row, "name", "rowheader", left, (y + 1) * ROW, NAME, names[line].text);
			name.title = names[line].text;
			name.setAttribute("aria-colindex", 1);
			for (let x = x0; x < x1; x++) {
				const c = columns[x], at = line * width + c, from = cells[c + 1], visible = shown(at);
				const e = put(row, (visible ? letters[status[at]] : "off") + (picked.has(at) ? " picked" : ""), "gridcell", NAME + x * COLUMN, (y + 1) * ROW, COLUMN, "");
				const sum = label(at);
				if (sum) e.textContent = from.textContent[0] + " " + sum; else e.append(...[...from.childNodes].map(n => n.cloneNode(true)));
				e.tabIndex = y === active[0] && x === active[1] ? 0 : -1;
				e.dataset.at = at;
				e.dataset.yx = y + " " + x;
				e.setAttribute("aria-colindex", x + 2);
				e.setAttribute("aria-selected", picked.has(at));
				e.setAttribute("aria-label", names[line].text + extensions[c].text + ": " + (visible ? words[status[at]] + (Number.isNaN(price[at]) ? "" : ", " + price[at].toFixed(2)) +
					(Number.isNaN(renewal[at]) ? "" : ", then " + renewal[at].toFixed(2)) : "filtered out"));
				e.title = names[line].text + extensions[c].text + (from.title ? ": " + from.title : "");
			}
		}
		space.replaceChildren(...parts);
		if (focused) focus();
	};
	const later = () => { if (!pending) { pending = true; requestAnimationFrame(draw); } };
	const focus = () => { const e = space.querySelector('[tabindex="0"]'); if (e) e.focus({ preventScroll: true }); };
	const go = (y, x) => {
		active = [Math.max(0, Math.min(rows.length - 1, y)), Math.max(0, Math.min(columns.length - 1, x))];
		const top = active[0] * ROW, left = active[1] * COLUMN;
		if (top < grid.scrollTop) grid.scrollTop = top;
		if (top + 2 * ROW > grid.scrollTop + grid.clientHeight) grid.scrollTop = top + 2 * ROW - grid.clientHeight;
		if (left < grid.scrollLeft) grid.scrollLeft = left;
		if (left + COLUMN + NAME > grid.scrollLeft + grid.clientWidth) grid.scrollLeft = left + COLUMN + NAME - grid.clientWidth;
		draw();
		focus();
	};
	const pick = at => { picked.has(at) ? picked.delete(at) : picked.add(at); filter(); };

	grid.addEventListener("scroll", later);
	addEventListener("resize", later);
	grid.addEventListener("keydown", e => {
		const page = Math.max(1, Math.floor(grid.clientHeight / ROW) - 2), [y, x] = active;
		const step = { ArrowDown: [y + 1, x], ArrowUp: [y - 1, x], ArrowRight: [y, x + 1], ArrowLeft: [y, x - 1], PageDown: [y + page, x], PageUp: [y - page, x],
			Home: [e.ctrlKey ? 0 : y, 0], End: [e.ctrlKey ? rows.length : y, columns.length] }[e.key];
		if (step) { e.preventDefault(); go(...step); }
		if ((e.key === " " || e.key === "Enter") && e.target.dataset.at) { e.preventDefault(); pick(+e.target.dataset.at); focus(); }
	});
	grid.addEventListener("click", e => {
		const cell = e.target.closest(".cell");
		if (!cell) return;
		if (cell.dataset.x !== undefined) {
			const x = +cell.dataset.x;
			falling = by === x ? !falling : false;
			by = x;
			filter();
		} else if (cell.dataset.at) {
			active = cell.dataset.yx.split(" ").map(Number);
			pick(+cell.dataset.at);
			focus();
		}
	});
	for (const e of [text, only, most, show, ...boxes]) e.addEventListener("input", filter);
	order.addEventListener("input", () => { by = -1; falling = false; filter(); });
	clear.addEventListener("click", () => { picked.clear(); filter(); });

	// What is selected, else all that is shown.
	const csv = () => {
		const out = ["domain,status,price,renewal,three_years"], amount = v => Number.isNaN(v) ? "" : v.toFixed(2);
		for (const y of rows) for (const x of columns) {
			const at = y * width + x;
			if (picked.size ? picked.has(at) : shown(at))
				out.push([csvCell(names[y].ascii + "." + extensions[x].ascii), words[status[at]], amount(price[at]), amount(renewal[at]), amount(years[at])].join(","));
		}
		return out.join("\n") + "\n";
	};
	copy.addEventListener("click", async () => {
		const all = csv();
		try { await navigator.clipboard.writeText(all); } catch {
			const area = make("textarea", { value: all });
			document.body.append(area);
			area.select();
			document.execCommand("copy"); // pages from disk have no other way in some browsers
			area.remove();
		}
		copy.textContent = "Copied";
		setTimeout(() => { copy.textContent = "Copy as CSV"; }, 1500);
	});
	save.addEventListener("click", () => {
		const address = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
		make("a", { href: address, download: "domains.csv" }).click();
		setTimeout(() => URL.revokeObjectURL(address), 10000);
	});
	filter();
})();
