package transcript

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What is private by its form, whatever it says.
var (
	sidForm     = regexp.MustCompile(`S-1-(?:5-21|12-1-[0-9]+)-[0-9]+-[0-9]+-[0-9]+`) // of a machine or a domain, of Azure AD
	productForm = regexp.MustCompile(`\b[A-Z0-9]{5}(?:-[A-Z0-9]{5}){4}\b`)
	macForm     = regexp.MustCompile(`\b[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}\b`)
	bareMACForm = regexp.MustCompile(`(^|[^0-9A-Fa-f-])([0-9A-Fa-f]{12})($|[^0-9A-Za-z])`)
	guidEnd     = regexp.MustCompile(`-[0-9A-Fa-f]{12}\b`)
	ipv4Form    = regexp.MustCompile(`\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b`)
	ipv6Form    = regexp.MustCompile(`[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.[0-9]{1,3}){0,3}`)
)

// bareMAC is a hardware address without separators.
const bareMAC = "02000000%04X"

// number counts the different texts of a kind: the first is 1.
func (r *redactor) number(kind, text string) int {
	if r.numbers[kind] == nil {
		r.numbers[kind] = map[string]int{}
	}
	of := r.numbers[kind]
	if of[text] == 0 {
		of[text] = len(of) + 1
	}
	return of[text]
}

// forms replaces what is private by its form by others of that form.
func (r *redactor) forms(s string) string {
	s = sidForm.ReplaceAllStringFunc(s, func(sid string) string {
		return fmt.Sprintf("S-1-5-21-1-2-%d", r.number("sid", sid))
	})
	s = productForm.ReplaceAllStringFunc(s, func(key string) string {
		return fmt.Sprintf("XXXXX-XXXXX-XXXXX-XXXXX-%05d", r.number("key", key))
	})
	s = ipv6Form.ReplaceAllStringFunc(s, r.ipv6)
	s = macForm.ReplaceAllStringFunc(s, func(mac string) string {
		n := r.number("mac", plainMAC(mac))
		return strings.ReplaceAll(fmt.Sprintf("02-00-00-00-%02X-%02X", n>>8, n&0xff), "-", mac[2:3])
	})
	s = bareMACForm.ReplaceAllStringFunc(s, func(found string) string {
		m := bareMACForm.FindStringSubmatch(found)
		return m[1] + fmt.Sprintf(bareMAC, r.number("mac", plainMAC(m[2]))) + m[3]
	})
	// A GUID may end in the address of the machine that made it.
	s = guidEnd.ReplaceAllStringFunc(s, func(end string) string {
		if n := r.numbers["mac"][plainMAC(end)]; n > 0 {
			return "-" + fmt.Sprintf(bareMAC, n)
		}
		return end
	})
	return ipv4Form.ReplaceAllStringFunc(s, r.ipv4)
}

func plainMAC(mac string) string {
	return strings.ToUpper(strings.NewReplacer(":", "", "-", "").Replace(mac))
}

// documentation are the addresses set aside for examples (RFC 5737).
var documentation = []string{"192.0.2", "198.51.100", "203.0.113"}

// ipv4 gives an address that says nothing; loopback, masks and the like stay.
func (r *redactor) ipv4(text string) string {
	a, err := netip.ParseAddr(text)
	if err != nil || a.IsUnspecified() || a.IsLoopback() || a.IsMulticast() || a.As4()[0] == 255 {
		return text
	}
	n := r.number("ipv4", text) - 1
	const each = 254
	if n >= each*len(documentation) {
		return fmt.Sprintf("10.0.%d.%d", n/each, n%each+1)
	}
	return fmt.Sprintf("%s.%d", documentation[n/each], n%each+1)
}

// ipv6 does the same; link-local addresses stay so.
func (r *redactor) ipv6(text string) string {
	a, err := netip.ParseAddr(text)
	if err != nil || a.IsUnspecified() || a.IsLoopback() || a.IsMulticast() {
		return text
	}
	n := r.number("ipv6", a.String())
	if a.IsLinkLocalUnicast() {
		return fmt.Sprintf("fe80::%x", n)
	}
	return fmt.Sprintf("2001:db8::%x", n)
}

// isAddress says whether a text is an IP address.
func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

// replaceWord replaces a word wherever it stands alone, whatever its case, but not
// inside of what except matches.
func replaceWord(s, word, by string, except *regexp.Regexp) string {
	var spans [][]int
	if except != nil {
		spans = except.FindAllStringIndex(s, -1)
	}
	match := regexp.MustCompile(`(?i)` + regexp.QuoteMeta(word))
	var out strings.Builder
	end := 0
	for _, m := range match.FindAllStringIndex(s, -1) {
		before, _ := utf8.DecodeLastRuneInString(s[:m[0]])
		after, _ := utf8.DecodeRuneInString(s[m[1]:])
		inside := slices.ContainsFunc(spans, func(x []int) bool { return x[0] <= m[0] && m[0] < x[1] })
		if inside || wordRune(before) || wordRune(after) {
			continue
		}
		out.WriteString(s[end:m[0]] + by)
		end = m[1]
	}
	out.WriteString(s[end:])
	return out.String()
}

func wordRune(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) || c == '_' }
