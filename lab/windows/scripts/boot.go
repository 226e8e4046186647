package windows

import (
	"strconv"
	"strings"
)

type bootInput struct {
	Set   string `json:"set"`
	Check string `json:"check"`
}

type bootAnswer struct {
	BootTime  string  `json:"bootTime"`
	Now       string  `json:"now"`
	Mark      bool    `json:"mark"`
	BootEvent *string `json:"bootEvent"`
}

// playBoot plays the contract "boot".
func (m *Machine) playBoot(in bootInput) (any, error) {
	if (in.Set == "") == (in.Check == "") {
		return nil, scriptErrorf("input", "want one of set and check")
	}
	nonce := in.Set + in.Check
	if len(nonce) != 32 || strings.Trim(nonce, "0123456789abcdefABCDEF") != "" {
		return nil, scriptErrorf("input", "nonce %q is not 32 hex digits", nonce)
	}
	key := mustPath(productKey).join("boot-" + nonce)
	if in.Set != "" {
		err := m.update(false, func(s *state) error {
			_, err := s.reg.create(key, true)
			return err
		})
		if err != nil {
			return nil, scriptErrorf("registry", "%v", err)
		}
	}
	s := m.view()
	event := strconv.FormatUint(s.log.Start, 10)
	return bootAnswer{
		BootTime:  fileTime(m.bootTime()),
		Now:       fileTime(m.now()),
		Mark:      s.reg.find(key) != nil,
		BootEvent: &event,
	}, nil
}
