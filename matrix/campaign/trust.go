package campaign

import (
	"fmt"
	"regexp"
	"strings"
)

var fingerprint = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (o object) trust(scheme string) Trust {
	n := o.get("trust")
	if n == nil {
		return Trust{}
	}
	t := o.r.object(n, "guest.trust", "ca", "fingerprint", "insecure")
	trust := Trust{CA: t.matching("ca", "", line, "the path of a PEM file"), Insecure: t.flag("insecure")}
	if s, ok := t.text("fingerprint"); ok {
		trust.Fingerprint = strings.ReplaceAll(strings.ToLower(s), ":", "")
		if !fingerprint.MatchString(trust.Fingerprint) {
			t.bad("fingerprint", fmt.Sprintf("%q is not legal", s), "legal: the SHA-256 of the certificate, 64 hex digits, colons between them or not")
		}
	}
	if scheme == "http" {
		o.bad("trust", "http has no certificate to trust", "take scheme: https or delete trust")
	}
	ways := 0
	for _, given := range []bool{trust.CA != "", trust.Fingerprint != "", trust.Insecure} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		o.bad("trust", "more than one way to trust", "keep one of ca, fingerprint, insecure")
	}
	return trust
}
