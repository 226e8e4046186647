package scripts

import (
	"strconv"
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/registry"
)

type bootInput struct {
	Set   string `json:"set"`
	Check string `json:"check"`
}

type bootAnswer struct {
	BootTime  string  `json:"bootTime"`
	Now       string  `json:"now"`
	Token     bool    `json:"mark"`
	BootEvent *string `json:"bootEvent"`
}

// playBoot plays the contract "boot".
func playBoot(m *machine.Machine, in bootInput) (any, error) {
	nonce := in.Set + in.Check
	if len(nonce) != 32 || strings.Trim(nonce, "0123456789abcdefABCDEF") != "" {
		return nil, scriptErrorf("input", "the nonce must be 32 hex digits")
	}
	key := registry.MustPath(registry.ProductKey).Join("boot-" + nonce)
	if in.Set != "" {
		err := m.Update(func(s *machine.State) error {
			_, err := s.Reg.Create(key, true)
			return err
		})
		if err != nil {
			return nil, scriptErrorf("registry", "%v", err)
		}
	}
	s := m.View()
	event := strconv.FormatUint(s.Events.Start, 10)
	return bootAnswer{
		BootTime:  machine.FileTime(m.BootTime()),
		Now:       machine.FileTime(m.Now()),
		Token:     s.Reg.Find(key) != nil,
		BootEvent: &event,
	}, nil
}
