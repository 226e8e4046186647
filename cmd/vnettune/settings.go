package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"vnettune/apply"
	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/matrix/show"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/trouble"
)

func newSettingsCmd() *cobra.Command {
	var format, from string
	var generation matrix.Generation
	cmd := &cobra.Command{
		Use:   "settings [ID]",
		Short: "the catalogue of Windows network settings",
		Long: `Lists the settings and what a generation of Windows does with each, or shows all that
is known of one, with sources. The words of the list:

  effective       it has an effect, by its sources
  inert           it is taken and ignored, by its sources
  not applicable  it does not exist on that generation
  unverified      no source says for certain: a campaign tells

A setting can be set, or one word says why not:

  undriven    no guest of the generation can be driven yet
  superseded  another setting took its place
  missing     this Windows does not have it, or its driver does not declare it
  newer       only newer builds have it
  unwritable  this tool has no way to write it
  unreadable  no number and no key tells whether it was taken
  read-only   a client Windows does not let it be changed

A change of a setting takes effect, on the page of one with how sure that is and who says so:

  at-once          when it is written
  new-connections  for connections that are opened after it
  adapter-restart  when the adapter has been restarted
  reboot           when the guest has been rebooted
  unknown          nobody says: it counts as a reboot
  never            the driver does not read it

With --from the guest of a store says build, edition and driver. Danger is what a wrong value can
break; high can cut the guest off.`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			on, err := matrix.On(generation), error(nil)
			if from != "" {
				if on, err = windowsOf(from); err != nil {
					return err
				}
			}
			w := cmd.OutOrStdout()
			if len(a) == 0 {
				if format == "json" {
					return writeJSON(w, matrix.Catalogue().All())
				}
				return show.Settings(w, matrix.Catalogue(), on)
			}
			s, err := oneSetting(a[0])
			if err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(w, s)
			}
			return show.Setting(w, s, apply.InEffectBy)
		},
	}
	formats(cmd.Flags(), &format)
	oneOf(cmd.Flags(), &generation, "generation", matrix.W10, "whose status to list: xp, nt60, nt62, w10 or w11", matrix.Generations...)
	cmd.Flags().StringVar(&from, "from", "", "the store of a campaign: list for the Windows of its guest")
	cmd.MarkFlagsMutuallyExclusive("generation", "from")
	return cmd
}

// windowsOf is the Windows of the guest that a store was measured on, and what its driver declares.
func windowsOf(store string) (matrix.Windows, error) {
	s, err := results.OpenReadOnly(store)
	if err != nil {
		return matrix.Windows{}, trouble.Invalid(err)
	}
	defer s.Close()
	c, err := stored.Read(s)
	if err != nil {
		return matrix.Windows{}, err
	}
	originals, err := s.Originals()
	if err != nil {
		return matrix.Windows{}, err
	}
	on, err := apply.WindowsOf(c.Guest())
	if err != nil {
		return on, usageError(trouble.At(store, err))
	}
	if originals != nil && len(originals.Adapter.Keywords) > 0 {
		on.Declared = slices.Collect(maps.Keys(originals.Adapter.Keywords))
	}
	return on, nil
}

// oneSetting finds a setting of the catalogue.
func oneSetting(id string) (matrix.Setting, error) {
	s, ok := matrix.Catalogue().Lookup(id)
	if !ok {
		return s, usageError(unknown("setting", id, matrix.Catalogue().Nearest(id), "vnettune settings lists them"))
	}
	return s, nil
}

func newProfilesCmd() *cobra.Command {
	var format string
	var generation matrix.Generation
	cmd := &cobra.Command{
		Use:   "profiles [ID [ID]]",
		Short: "published recommendations, and what they become on a guest",
		Long: `Lists the published profiles, shows one with what each of its lines becomes on a
generation of Windows, or says where two contradict each other there, then what only
one of them has. A profile of your own is named as its file, FILE.yaml, with :NAME behind
it where the file has several.`,
		Args: args(cobra.MaximumNArgs(2)),
		RunE: func(cmd *cobra.Command, a []string) error {
			var chosen []matrix.Profile
			var settings *matrix.SettingSet
			for _, id := range a {
				p, among, ok, err := namedProfile(id)
				if err != nil {
					return err
				}
				if settings = among; !ok {
					return usageError(unknown("profile", id, matrix.NearestProfile(id), "vnettune profiles lists them"))
				}
				chosen = append(chosen, p)
			}
			w := cmd.OutOrStdout()
			switch len(chosen) {
			case 0:
				return listProfiles(w, format)
			case 1:
				return showProfile(w, settings, chosen[0], generation, format)
			}
			return compareProfiles(w, chosen[0], chosen[1], generation, format)
		},
	}
	formats(cmd.Flags(), &format)
	oneOf(cmd.Flags(), &generation, "generation", matrix.W10, "what the lines become on: xp, nt60, nt62, w10 or w11", matrix.Generations...)
	return cmd
}

func listProfiles(w io.Writer, format string) error {
	if format == "json" {
		return writeJSON(w, matrix.Profiles())
	}
	return show.Profiles(w, matrix.Profiles())
}

func showProfile(w io.Writer, settings *matrix.SettingSet, p matrix.Profile, g matrix.Generation, format string) error {
	r, err := settings.Resolve(p, g, nil)
	if err != nil {
		return usageError(err)
	}
	if format == "json" {
		return writeJSON(w, r)
	}
	return show.Profile(w, r)
}

func compareProfiles(w io.Writer, a, b matrix.Profile, g matrix.Generation, format string) error {
	c := matrix.CompareProfiles(a, b, g)
	if format == "json" {
		return writeJSON(w, c)
	}
	return show.Difference(w, a, b, c)
}

// unknown is the error about a name that nothing has.
func unknown(what, name, nearest, hint string) error {
	if nearest != "" {
		hint = fmt.Sprintf("did you mean %s? ", nearest) + hint
	}
	return trouble.Hint(fmt.Errorf("there is no %s %q", what, name), "%s", hint)
}

// writeJSON is the machine form of a command's answer.
func writeJSON(w io.Writer, v any) error {
	return foreign.JSON(w, v, "  ")
}
