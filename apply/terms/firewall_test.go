package terms_test

import (
	"testing"

	"vnettune/apply/terms"
)

func TestWhatABlockRuleReaches(t *testing.T) {
	for rule, want := range map[string]bool{
		"v2.31|Action=Block|Active=TRUE|Dir=In|App=c:\\x.exe|Name=x|":            true,
		"v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=5201|":           true,
		"v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=17|LPort=80|LPort=5201|": true,
		"v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort2_10=5000-6000|":  true,
		"v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort2_10=5202-6000|":  false,
		"v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=RPC|":            false,
		"v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=1|":                      false,
		"v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=80-x|":           false,
	} {
		if got := (terms.BlockRule{Rule: rule}).Reaches(5201); got != want {
			t.Errorf("%s: %t", rule, got)
		}
	}
}

func TestABlockRuleIsShownByItsName(t *testing.T) {
	for rule, want := range map[string]string{"v2.31|Name=iperf3|": "iperf3 ({1})", "v2.31|": "{1}"} {
		if got := (terms.BlockRule{Name: "{1}", Rule: rule}).Shown(); got != want {
			t.Errorf("%s: %q", rule, got)
		}
	}
}
