package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/trouble"
)

// withProfiles is the text of a campaign file with the files of profiles inside that it names by paths of its folder.
func withProfiles(path string, text []byte) ([]byte, error) {
	files := map[string][]byte{}
	for _, name := range campaign.ProfileFiles(text) {
		at := name
		if !filepath.IsAbs(at) {
			at = filepath.Join(filepath.Dir(path), name)
		}
		own, err := readProfiles(at)
		if err != nil {
			return nil, trouble.At(path, fmt.Errorf("profiles: %w", err))
		}
		files[name] = own
	}
	text, err := campaign.WithFiles(text, files)
	if err != nil {
		return nil, trouble.At(path, err)
	}
	return text, nil
}

// readProfiles reads a file of profiles.
func readProfiles(path string) ([]byte, error) {
	text, err := foreign.ReadFile(path, campaign.MaxProfiles)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, trouble.Hint(fmt.Errorf("there is no file %s", path), "name a file of profiles; docs/campaigns.md says what it has")
	case errors.Is(err, foreign.ErrTooLong):
		return nil, trouble.Hint(fmt.Errorf("%s has more than %d KiB, which no file of profiles has", path, campaign.MaxProfiles>>10), "name a file of profiles")
	}
	return text, err
}

// namedProfile is a profile by what a user calls it: the id of a published one, or FILE.yaml with a colon and the
// name where the file has several; and the settings among which it is resolved. false: it is neither.
func namedProfile(named string) (matrix.Profile, *matrix.SettingSet, bool, error) {
	if p, ok := matrix.LookupProfile(named); ok {
		return p, matrix.Catalogue(), true, nil
	}
	file, name := named, ""
	if !isYAML(file) {
		if i := strings.LastIndex(named, ":"); i > 0 {
			file, name = named[:i], named[i+1:]
		}
	}
	if !isYAML(file) {
		return matrix.Profile{}, nil, false, nil
	}
	text, err := readProfiles(file)
	if err != nil {
		return matrix.Profile{}, nil, true, usageError(err)
	}
	own, err := campaign.ParseProfiles(file, text)
	if err != nil {
		return matrix.Profile{}, nil, true, usageError(err)
	}
	var names []string
	for _, p := range own.Profiles {
		names = append(names, p.ID)
	}
	i := slices.Index(names, name)
	if name == "" && len(names) == 1 {
		i = 0
	}
	switch {
	case len(names) == 0:
		return matrix.Profile{}, nil, true, usageError(trouble.At(file, trouble.Hint(errors.New("there is no profile in it"), "such as profiles: {mine: {tcp.rss: disabled}}")))
	case i < 0 && name == "":
		return matrix.Profile{}, nil, true, usageError(trouble.At(file, trouble.Hint(fmt.Errorf("it has %d profiles", len(names)), "say which: %s:%s", file, strings.Join(names, ", "+file+":"))))
	case i < 0:
		return matrix.Profile{}, nil, true, usageError(trouble.At(file, unknown("profile", name, matrix.Nearest(name, names), "it has "+strings.Join(names, ", "))))
	}
	return own.Profiles[i], matrix.Catalogue().With(own.Define), true, nil
}

func isYAML(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".yaml" || ext == ".yml"
}
