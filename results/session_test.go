package results

import "testing"

func TestOwner(t *testing.T) {
	s := create(t)
	first, err := s.Owner("a", noon)
	if err != nil || first != "a" {
		t.Fatalf("%q, %v; want the one that was proposed", first, err)
	}
	s = reopen(t, s)
	if again, err := s.Owner("b", noon); err != nil || again != "a" {
		t.Errorf("%q, %v; want the one that is kept", again, err)
	}
}
