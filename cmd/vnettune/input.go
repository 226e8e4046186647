package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/matrix/driver"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// loadCampaign reads and checks a campaign file. The text has its files of profiles inside. Of the packages of drivers that
// variants name it has the paths alone, whether they are there or not.
func loadCampaign(path string) (campaign.Campaign, []byte, error) {
	return load(path, func(text []byte) ([]byte, error) { return text, nil })
}

// loadWithDrivers is loadCampaign for what boots the campaign, or says what it would boot: the packages must be there, and
// the text has inside what they are.
func loadWithDrivers(path string) (campaign.Campaign, []byte, error) {
	return load(path, func(text []byte) ([]byte, error) {
		return campaign.WithPackages(path, text, func(folder string) (matrix.Package, error) {
			return driver.Read(campaign.Campaign{Folder: filepath.Dir(path)}.PathOf(matrix.Package{Folder: folder}))
		})
	})
}

func load(path string, withDrivers func(text []byte) ([]byte, error)) (campaign.Campaign, []byte, error) {
	text, err := foreign.ReadFile(path, campaign.MaxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return campaign.Campaign{}, nil, usageError(trouble.Hint(fmt.Errorf("there is no campaign file %s", path), "vnettune init writes one"))
	}
	if err != nil {
		return campaign.Campaign{}, nil, usageError(unreadable(path, err))
	}
	if text, err = withProfiles(path, text); err != nil {
		return campaign.Campaign{}, nil, usageError(err)
	}
	if text, err = withDrivers(text); err != nil {
		return campaign.Campaign{}, nil, usageError(err)
	}
	c, err := campaign.Parse(path, text)
	if err != nil {
		return campaign.Campaign{}, nil, usageError(err)
	}
	hidePassword(c)
	return c.In(filepath.Dir(path)), text, nil
}

// unreadable is that a campaign file cannot be read, and what to do about it.
func unreadable(path string, err error) error {
	var file *fs.PathError
	switch {
	case errors.Is(err, foreign.ErrTooLong):
		return trouble.At(path, trouble.Hint(fmt.Errorf("more than %d MiB, which no campaign file has", campaign.MaxFile>>20), "vnettune init writes a campaign file; vnettune report ranks a store (*.db)"))
	case errors.Is(err, syscall.EISDIR):
		return trouble.At(path, trouble.Hint(errors.New("this is a folder, and no campaign file"), "name the file in it"))
	case errors.Is(err, fs.ErrPermission):
		return trouble.At(path, trouble.Hint(errors.New("this user may not read the campaign file"), "ls -l %s says who may", trouble.ShellWord(path)))
	case errors.As(err, &file):
		return trouble.At(path, fmt.Errorf("read the campaign file: %w", file.Err))
	}
	return trouble.At(path, err)
}

// storePath is the store of a campaign file: its name with .db, unless told otherwise.
func storePath(campaignFile, given string) string {
	if given != "" {
		return given
	}
	return strings.TrimSuffix(filepath.Base(campaignFile), filepath.Ext(campaignFile)) + ".db"
}

// parsePercent reads "2%" or "2".
func parsePercent(flag, s string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(s, "%")), 64)
	if err != nil {
		return 0, usageError(trouble.Hint(fmt.Errorf("%s %q is not a percentage", flag, s), "write 2%% or 2"))
	}
	return v, nil
}

// parseMargins reads margins: a percentage for all metrics that are compared by ratios, and
// METRIC=NUMBER for single ones.
func parseMargins(list []string) (all *float64, single map[string]float64, err error) {
	for _, text := range list {
		metric, value, named := strings.Cut(text, "=")
		if !named {
			if all != nil {
				return nil, nil, usageError(trouble.Hint(fmt.Errorf("--margin %s: the margin of all metrics is given twice", text), "name the metric of one of them: --margin loss=0.1"))
			}
			v, err := parsePercent("--margin", text)
			if err != nil {
				return nil, nil, err
			}
			all = &v
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(value, "%")), 64)
		if err != nil || metric == "" {
			return nil, nil, usageError(trouble.Hint(fmt.Errorf("--margin %q is not of the form METRIC=NUMBER", text), "write it as loss=0.1, for instance"))
		}
		if _, twice := single[metric]; twice {
			return nil, nil, usageError(fmt.Errorf("--margin %s is given twice", metric))
		}
		if single == nil {
			single = make(map[string]float64)
		}
		single[metric] = v
	}
	return all, single, nil
}

// parseScales reads METRIC=difference.
func parseScales(list []string) (map[string]sample.Scale, error) {
	out := make(map[string]sample.Scale)
	for _, text := range list {
		metric, scale, ok := strings.Cut(text, "=")
		if !ok || metric == "" {
			return nil, usageError(trouble.Hint(fmt.Errorf("--scale %q is not of the form METRIC=SCALE", text), "write it as drops=difference, for instance"))
		}
		if _, twice := out[metric]; twice {
			return nil, usageError(fmt.Errorf("--scale %s is given twice", metric))
		}
		out[metric] = sample.Scale(scale)
	}
	return out, nil
}
