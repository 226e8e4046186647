package chart

// Colour is one of the variables by which charts name their colours.
type Colour struct{ Variable, Light, Dark string }

// Colours are all variables that charts use, with a value for a white and one for a nearly black page
// (#0d1117). Without a stylesheet a chart has the light ones. Text keeps a contrast of 4.5 to
// these pages, marks one of 3.
var Colours = []Colour{
	{"--vn-text", "#1f2328", "#e6edf3"},
	{"--vn-muted", "#59636e", "#9198a1"},
	{"--vn-grid", "#e3e8ed", "#2a3038"},
	{"--vn-band", "#dfe7f0", "#26364d"},
	{"--vn-bar", "#8fb1dc", "#3a5f92"},
	{"--vn-better", "#1a7f37", "#3fb950"},
	{"--vn-worse", "#cf222e", "#f85149"},
	{"--vn-equivalent", "#0969da", "#4493f8"},
	{"--vn-undecided", "#9a6700", "#d29922"},
	{"--vn-none", "#59636e", "#9198a1"},
	{"--vn-arm-1", "#0550ae", "#58a6ff"},
	{"--vn-arm-2", "#b35900", "#f0883e"},
	{"--vn-arm-3", "#116329", "#56d364"},
	{"--vn-arm-4", "#8250df", "#bc8cff"},
	{"--vn-arm-5", "#0f766e", "#2dd4bf"},
	{"--vn-arm-6", "#bf3989", "#f778ba"},
}

// colour is a variable as a specification names it, with its light value for where no page sets it.
func colour(name string) string {
	for _, c := range Colours {
		if c.Variable == "--vn-"+name {
			return "var(" + c.Variable + ", " + c.Light + ")"
		}
	}
	panic("no colour named " + name)
}

// Verdict is what a mark says of an arm, by colour and by shape.
type Verdict string

// The verdicts. The zero value is None.
const (
	None       Verdict = ""
	Better     Verdict = "better"
	Worse      Verdict = "worse"
	Equivalent Verdict = "equivalent"
	Undecided  Verdict = "undecided"
)

// look is a verdict as it is drawn.
type look struct {
	verdict             Verdict
	word, colour, shape string
}

var looks = []look{
	{Better, "better", "better", "triangle-up"},
	{Worse, "worse", "worse", "triangle-down"},
	{Equivalent, "equivalent or no worse", "equivalent", "square"},
	{Undecided, "undecided", "undecided", "circle"},
	{None, "no verdict", "none", "diamond"},
}

// lookOf is that of None for a word that is no verdict.
func lookOf(v Verdict) look {
	for _, l := range looks {
		if l.verdict == v {
			return l
		}
	}
	return looks[len(looks)-1]
}
