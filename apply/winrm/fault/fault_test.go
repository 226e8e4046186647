package fault

import (
	"testing"
)

// FuzzParse: no answer of a guest brings the reader down.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:f="f"><s:Body><s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code>` +
		`<s:Reason><s:Text>aborted</s:Text></s:Reason><s:Detail><f:WSManFault Code="995"/></s:Detail></s:Fault></s:Body></s:Envelope>`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if fault, err := Parse(t.Context(), "x", answer); err == nil && fault != nil && fault.Error() == "" {
			t.Error("a fault without words")
		}
	})
}
