package chart

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The bundles are those of the published tarballs, as vendor/README.md says.
func TestBundlesAreThePublishedOnes(t *testing.T) {
	readme, err := os.ReadFile("vendor/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"vega.min.js.gz", "vega-lite.min.js.gz", "LICENSE-vega", "LICENSE-vega-lite", "LICENSES-inside-vega"} {
		file, err := os.ReadFile("vendor/" + name)
		if err != nil {
			t.Fatal(err)
		}
		checkSum(t, string(readme), name, file)
		if bundle, packed := strings.CutSuffix(name, ".gz"); packed {
			text, err := unpack(file)
			if err != nil {
				t.Fatal(err)
			}
			checkSum(t, string(readme), bundle, text)
		}
	}
}

func checkSum(t *testing.T, readme, name string, content []byte) {
	t.Helper()
	sum := sha256.Sum256(content)
	if !strings.Contains(readme, hex.EncodeToString(sum[:])+"  "+name+"\n") {
		t.Errorf("%s has the SHA-256 %x, which is not in the README", name, sum)
	}
}

func drawSpec(t testing.TB, s specifier) string {
	t.Helper()
	spec, err := s.Spec()
	if err != nil {
		t.Fatal(err)
	}
	svg, err := Render(context.Background(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return string(svg)
}

func TestEveryChartIsSafeInAPage(t *testing.T) {
	for name, s := range samples() {
		svg := drawSpec(t, s)
		checkSafe(t, name, svg)
		for _, want := range []string{`<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="`, ` viewBox="0 0 `, ` width="`, `</svg>`} {
			if !strings.Contains(svg, want) {
				t.Errorf("%s: no %s", name, want)
			}
		}
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "undefined") || strings.Contains(svg, "null") {
			t.Errorf("%s: a number is missing", name)
		}
	}
}

// checkSafe reads a drawing as a browser would and looks for what could do or fetch something.
func checkSafe(t *testing.T, name, svg string) {
	t.Helper()
	depth := 0
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			if !slices.Contains(append([]string{"title"}, elements...), token.Name.Local) {
				t.Errorf("%s: an element %q", name, token.Name.Local)
			}
			for _, a := range token.Attr {
				local := strings.ToLower(a.Name.Local)
				if strings.HasPrefix(local, "on") || local == "style" || local == "href" || local == "id" ||
					local != "aria-label" && strings.Contains(strings.ToLower(a.Value), "url(") {
					t.Errorf("%s: an attribute %s=%q", name, a.Name.Local, a.Value)
				}
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && strings.TrimSpace(string(token)) != "" {
				t.Errorf("%s: text %q outside of the drawing", name, token)
			}
			for _, r := range string(token) {
				if !strconv.IsPrint(r) && r != '\n' {
					t.Errorf("%s: text with %U", name, r)
				}
			}
		default:
			t.Errorf("%s: a %T", name, token)
		}
	}
}

func TestHostileNames(t *testing.T) {
	many := Boots{Title: hostile[1], Axis: hostile[5], Unit: hostile[1]}
	past := History{Title: hostile[3], Axis: hostile[0], Unit: hostile[0]}
	for i, name := range hostile {
		x := float64(i)
		many.Points = append(many.Points, Boot{Order: i, Value: x, Arm: name, Session: name, Flagged: i%3 == 0, Failed: i%5 == 0})
		past.Points = append(past.Points, HistoryPoint{name, x, x - 1, x + 1})
		past.Changes = append(past.Changes, Change{i, Verdict(name), name})
	}
	for kind, s := range map[string]specifier{"forest": hostileForest(), "boots": many, "history": past} {
		spec, err := s.Spec()
		if err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsAny(spec, "<>&\x1b\u202e") {
			t.Errorf("%s: the specification cannot stand in a page as it is", kind)
		}
		svg := drawSpec(t, s)
		checkSafe(t, kind, svg)
		if len(svg) > 100_000 {
			t.Errorf("%s: %d bytes", kind, len(svg))
		}
	}
}

// A chart does not depend on what was drawn before it.
func TestEqualSpecificationsGiveEqualBytes(t *testing.T) {
	first := drawSpec(t, forest(0))
	for _, s := range samples() {
		drawSpec(t, s)
	}
	if drawSpec(t, forest(0)) != first {
		t.Error("after other charts the forest plot is another")
	}
	if _, err := Render(context.Background(), Spec(`{"mark":"bar","data":{"url":"x"}}`)); err == nil {
		t.Fatal("no error")
	}
	if drawSpec(t, forest(0)) != first {
		t.Error("in a new engine the forest plot is another")
	}
}

func TestChartsAreDrawnByMany(t *testing.T) {
	want := drawSpec(t, history(0))
	spec, err := history(0).Spec()
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if svg, err := Render(context.Background(), spec); err != nil || string(svg) != want {
				t.Errorf("%d bytes, want %d; %v", len(svg), len(want), err)
			}
		})
	}
	all.Wait()
}

func TestManyRows(t *testing.T) {
	drawSpec(t, forest(0)) // the engine is loaded
	began := time.Now()
	svg := drawSpec(t, forestOf(200))
	if took := time.Since(began); took > 5*time.Second {
		t.Logf("200 rows took %v; this machine is busy", took)
	}
	t.Logf("200 rows: %d bytes", len(svg))
	if len(svg) > 500_000 {
		t.Errorf("%d bytes", len(svg))
	}
	if n := strings.Count(svg, "<title>"); n != 200 {
		t.Errorf("%d of 200 marks are described", n)
	}
}

func TestWhatCannotBeDrawn(t *testing.T) {
	const simple = `"data":{"values":[{"a":1}]},"mark":`
	for spec, want := range map[string]string{
		``:                           "JSON",
		`[]`:                         "cannot unmarshal",
		`{}`:                         "Invalid specification",
		`{` + simple + `"nonsense"}`: "",
		`{` + simple + `{"type":"point","color":"url(x)"},"encoding":{"x":{"field":"a","type":"quantitative"}}}`:    "colour",
		`{` + simple + `{"type":"point","color":"u\\72l(x)"},"encoding":{"x":{"field":"a","type":"quantitative"}}}`: "colour",
		`{` + simple + `{"type":"image","url":"x.png"},"encoding":{"x":{"field":"a","type":"quantitative"}}}`:       "",
		`{` + simple + `{"type":"point","href":"x"},"encoding":{"x":{"field":"a","type":"quantitative"}}}`:          "",
		`{"data":{"url":"file:///etc/passwd"},"mark":"point","encoding":{"x":{"field":"a","type":"quantitative"}}}`: "elsewhere",
		`{` + simple + `"point","encoding":{"x":{"field":"a","type":"quantitative"},"nowhere":{"field":"a"}}}`:      "nowhere",
		`{` + simple + `"point","transform":[{"calculate":"datum.","as":"b"}],"encoding":{"x":{"field":"b"}}}`:      "",
		`{"description":"` + strings.Repeat("x", maxSpec) + `"}`:                                                    "at most",
	} {
		svg, err := Render(context.Background(), Spec(spec))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.120s: %v, want %q; %d bytes", spec, err, want, len(svg))
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("%.60s: an error of %d bytes", spec, len(err.Error()))
		}
	}
}

func TestNothingToDraw(t *testing.T) {
	for name, s := range map[string]specifier{
		"forest": Forest{}, "boots": Boots{}, "history": History{},
		"too many": forestOf(maxRows + 1), "too many boots": Boots{Points: make([]Boot, maxBoots+1)},
	} {
		if _, err := s.Spec(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAnEndlessChartEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	// The length of the array is an integer of 32 bits with a sign: this one is allowed, and takes minutes.
	endless := Spec(`{"data":{"sequence":{"start":0,"stop":2e9}},"mark":"point","encoding":{"x":{"field":"data"}}}`)
	if _, err := Render(ctx, endless); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want that its time ran out", err)
	}
	if _, err := Render(ctx, endless); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with no time at all: %v", err)
	}
	drawSpec(t, forest(0)) // and the next is drawn
	if _, err := Render(context.Background(), endless); err == nil {
		t.Error("no limit of memory")
	}
}

// The engine has the language and nothing of the system.
func TestTheEngineReachesNothing(t *testing.T) {
	drawSpec(t, forest(0))
	vm := <-engine
	defer func() { engine <- vm }()
	for _, name := range []string{"std", "os", "require", "process", "fetch", "XMLHttpRequest", "WebSocket", "Deno", "setTimeout", "print", "console"} {
		if r, err := vm.Eval("typeof "+name, 0); err != nil || r != "undefined" {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
	for _, name := range []string{"std", "os", "./x.js", "/etc/passwd"} {
		if r, err := vm.Eval("globalThis.got = undefined; import('"+name+"').then(m => { got = m }, e => { got = 'refused' }); 0", 0); err != nil {
			t.Errorf("%s: %v, %v", name, r, err)
		}
		if _, err := vm.ExecutePendingJobs(); err != nil {
			t.Error(err)
		}
		if r, _ := vm.Eval("got", 0); r != "refused" {
			t.Errorf("import of %s: %v", name, r)
		}
	}
}

func TestAxisIsCutAndSaysSo(t *testing.T) {
	svg := drawSpec(t, forest(0))
	for _, want := range []string{"The axis is cut", "two noisy boots 40 [−900, 1200]", "no interval", "no estimate", "±2 %"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q", want)
		}
	}
	low, high := forest(0).domain()
	if low > -91.3 || low < -200 || high < 40 || high > 200 {
		t.Errorf("axis from %g to %g", low, high)
	}
	if svg := drawSpec(t, forestOf(20)); strings.Contains(svg, "cut") {
		t.Error("an axis that is not cut says that it is")
	}
	if low, high := forestClose().domain(); low > -12 || high < 12 || high > 14 {
		t.Errorf("an axis that ends at 12 goes from %g to %g", low, high)
	}
}

// Contrast as WCAG 2 counts it: 4.5 for text, 3 for marks.
func TestColoursAreSeen(t *testing.T) {
	for _, c := range Colours {
		want := 3.0
		switch c.Variable {
		case "--vn-text", "--vn-muted":
			want = 4.5
		case "--vn-grid", "--vn-band", "--vn-bar": // nothing is told by these alone: bars have values beside them
			continue
		}
		if r := contrast(t, c.Light, "#ffffff"); r < want {
			t.Errorf("%s: %.2f on white", c.Variable, r)
		}
		if r := contrast(t, c.Dark, "#0d1117"); r < want {
			t.Errorf("%s: %.2f on black", c.Variable, r)
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	rgb, err := hex.DecodeString(colour[1:])
	if err != nil || len(rgb) != 3 {
		t.Fatalf("%s is no colour", colour)
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c := float64(rgb[i]) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func TestSpecificationIsJSONWithoutSurprises(t *testing.T) {
	for name, s := range samples() {
		spec, err := s.Spec()
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Schema string `json:"$schema"`
		}
		if err := json.Unmarshal(spec, &doc); err != nil || !strings.HasSuffix(doc.Schema, "/vega-lite/v5.json") {
			t.Errorf("%s: %q, %v", name, doc.Schema, err)
		}
	}
}

// FuzzDrawnNames draws one chart an execution: the fuzzer watches the engine as well, which makes it slow.
func FuzzDrawnNames(f *testing.F) {
	for _, name := range hostile {
		f.Add(name, 1.0, 2.0)
	}
	drawSpec(f, history(0)) // an input must be done within ten seconds; the engine is loaded before
	f.Add("x", math.Inf(1), math.NaN())
	f.Add("x", math.MaxFloat64, -math.MaxFloat64)
	f.Add("x", 5e-324, -5e-324)
	f.Fuzz(func(t *testing.T, name string, a, b float64) {
		for i, s := range []specifier{
			Forest{Title: name, Axis: name, Unit: name, Margin: b, Rows: []ForestRow{{name, min(a, b), max(a, b), a, Verdict(name), name}}},
			Boots{Title: name, Axis: name, Unit: name, Points: []Boot{{Value: a, Arm: name, Session: name}, {Order: 1, Value: b, Flagged: true}}},
			History{Title: name, Axis: name, Unit: name, Points: []HistoryPoint{{name, a, min(a, b), max(a, b)}}, Changes: []Change{{0, Better, name}}},
		} {
			spec, err := s.Spec()
			if err != nil || bytes.ContainsAny(spec, "<>&") {
				t.Errorf("%T: %v, or a specification that cannot stand in a page", s, err)
			}
			if i == len(name)%4 {
				checkSafe(t, fmt.Sprintf("%T", s), drawSpec(t, s))
			}
		}
	})
}

func BenchmarkForest(b *testing.B) {
	for _, n := range []int{8, 200} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			drawSpec(b, forestOf(1))
			bytes := 0
			for b.Loop() {
				bytes = len(drawSpec(b, forestOf(n)))
			}
			b.ReportMetric(float64(bytes), "bytes/svg")
		})
	}
}

// BenchmarkFirst is a chart for which the engine must be loaded.
func BenchmarkFirst(b *testing.B) {
	for b.Loop() {
		if vm := <-engine; vm != nil {
			_ = vm.Close()
		}
		engine <- nil
		drawSpec(b, forestOf(8))
	}
}

// A thin line stands where another boot begins, as long as there are few, and points are stints then.
func TestBoundariesOfBoots(t *testing.T) {
	of := func(boots int) string {
		b := Boots{Title: "stints", Axis: "throughput", Unit: "Mbit/s"}
		for i := range 2 * boots {
			b.Points = append(b.Points, Boot{Order: i + 1, Value: float64(i % 3), Arm: "a", Of: fmt.Sprint("b", i/2)})
		}
		spec, err := b.Spec()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(spec), "stint, in the order of the campaign") || !strings.Contains(string(spec), "stint 1, a: 0 Mbit/s") {
			t.Error("points are not called stints")
		}
		return string(spec)
	}
	for boots, want := range map[int]int{1: 0, 3: 1, mostBoundaries + 1: 1, mostBoundaries + 2: 0} {
		if n := strings.Count(of(boots), `"opacity": 0.35`); n != want {
			t.Errorf("%d boots: %d layers of lines, want %d", boots, n, want)
		}
	}
}
