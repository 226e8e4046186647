package matrix

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Windows is a Windows as far as it is known; what it can be given depends on all of it.
type Windows struct {
	Generation Generation
	Build      int      // 0 where it is not known: any of the generation
	Edition    Edition  // "" where it is not known: any
	Declared   []string // the keywords that the adapter's driver declares; nil where they are not known: all
}

// Edition is what a Windows is made for.
type Edition string

// The editions, by the product type that Windows gives (docs/facts/windows-settings.md 0.4).
const (
	Client Edition = "client" // product type 1
	Server Edition = "server" // product types 2, a domain controller, and 3
)

// On is a Windows of which nothing but the generation is known.
func On(g Generation) Windows { return Windows{Generation: g} }

// builds are the first and last builds of the generations (docs/facts/windows-samples.md 4; 20349 is
// Azure Stack HCI 22H2, a Server 2022).
var builds = []struct {
	generation  Generation
	first, last int
}{
	{XP, 2600, 2600},
	{XP, 3790, 3790},
	{NT60, 6000, 7601},
	{NT62, 9200, 9200},
	{NT62, 9600, 9600},
	{W10, 10240, 19045},
	{W11, 20348, 20349},
	{W11, 22000, math.MaxInt},
}

// WindowsOf is the Windows of a build and a product type (1 client, 2 domain controller, 3 server; 0
// where it is not known). A build of no generation is an error.
func WindowsOf(build, productType int) (Windows, error) {
	for _, b := range builds {
		if build < b.first || build > b.last {
			continue
		}
		w := Windows{Generation: b.generation, Build: build}
		switch productType {
		case 1:
			w.Edition = Client
		case 2, 3:
			w.Edition = Server
		}
		return w, nil
	}
	return Windows{}, fmt.Errorf("the guest's Windows build %d is not known", build)
}

// before says whether the Windows is older than a build: any of its generation is, where its own is
// not known.
func (w Windows) before(build int) bool {
	if w.Build != 0 {
		return w.Build < build
	}
	newest := 0
	for _, b := range builds {
		if b.generation == w.Generation {
			newest = b.last
		}
	}
	return newest < build
}

// declares says whether the adapter's driver has a keyword; the registry ignores case.
func (w Windows) declares(keyword string) bool {
	return w.Declared == nil || slices.ContainsFunc(w.Declared, func(d string) bool { return strings.EqualFold(d, keyword) })
}

// String is the Windows as messages name it: w10, or w10 (build 19045, client).
func (w Windows) String() string {
	var parts []string
	if w.Build != 0 {
		parts = append(parts, fmt.Sprintf("build %d", w.Build))
	}
	if w.Edition != "" {
		parts = append(parts, string(w.Edition))
	}
	if len(parts) == 0 {
		return string(w.Generation)
	}
	return fmt.Sprintf("%s (%s)", w.Generation, strings.Join(parts, ", "))
}
