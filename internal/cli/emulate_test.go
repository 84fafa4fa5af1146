package cli

import (
	"reflect"
	"testing"

	"github.com/spf13/pflag"

	"tldsweep/internal/emulator"
)

// The flags say what the emulator's options hold.
func TestFlagsOfEmulatedOrders(t *testing.T) {
	guide, err := emulator.ParseLike("guide")
	if err != nil {
		t.Fatal(err)
	}
	star := guide
	star.Rows = "star"
	for name, test := range map[string]struct {
		arguments []string
		want      emulator.Options
	}{
		"none":  {nil, emulator.Options{CheckTimeouts: 0.02}},
		"like":  {[]string{"--like", "guide"}, emulator.Options{Like: guide, CheckTimeouts: 0.02}},
		"shape": {[]string{"--rows", "star", "--like", "guide"}, emulator.Options{Like: star, CheckTimeouts: 0.02}},
		"wants": {
			[]string{"--want", "REASON:domain=x*.fr,hidden", "--want", "DNS", "--want-legal-age=false", "--want-owner-contact", "--check-timeouts", "0"},
			emulator.Options{Wants: []emulator.Want{{Label: "REASON", Domains: "x*.fr", Hidden: true}, {Label: "DNS"}}, NoLegalAge: true, OwnerContact: true, CheckTimeouts: -1},
		},
		"orders": {
			[]string{"--order-speed", "60", "--order-documents", "--order-cancelled", "--details-after", "2", "--row-extension=false", "--checkout-rules", "fr,com"},
			emulator.Options{Life: emulator.Life{Speed: 60, Documents: true, Cancelled: true}, DetailsAfter: 2, NoRowExtension: true, CheckoutRules: []string{"fr", "com"}, CheckTimeouts: 0.02},
		},
		"payment": {
			[]string{"--free", "--default-payment", "EXPIRED", "--payment-refused"},
			emulator.Options{FreeOrders: true, DefaultPayment: "EXPIRED", PaymentRefused: true, CheckTimeouts: 0.02},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var f emulatedOrders
			flags := pflag.NewFlagSet("emulate", pflag.ContinueOnError)
			f.add(flags)
			if err := flags.Parse(test.arguments); err != nil {
				t.Fatal(err)
			}
			var got emulator.Options
			if err := f.into(&got); err != nil {
				t.Fatal(err)
			}
			if got.DefaultPayment == "VALID" {
				got.DefaultPayment = "" // the same
			}
			if len(got.CheckoutRules) == 0 {
				got.CheckoutRules = nil
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("%+v, not %+v", got, test.want)
			}
		})
	}
}
