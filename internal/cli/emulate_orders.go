package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/emulator"
)

// emulatedOrders are the flags of the emulator's ordering half.
type emulatedOrders struct {
	like           string
	shapes         map[string]*string // by name, where it differs from what --like says
	wants          []string
	wantLegalAge   bool
	wantContact    bool
	checkoutRules  []string
	checkTimeouts  float64
	free           bool
	defaultPayment string
	paymentRefused bool
	speed          float64
	documents      bool
	cancelled      bool
	detailsAfter   int
	rowExtension   bool
}

func (f *emulatedOrders) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.like, "like", "", "which of the recorded shapes the answers about ordering have: "+strings.Join(emulator.Likes(), ", ")+" (default: as OVHcloud describes it)")
	f.shapes = map[string]*string{}
	for _, shape := range emulator.Shapes() {
		f.shapes[shape.Name] = flags.String(shape.Name, "", shape.Usage+" (default: as --like)")
	}
	flags.StringArrayVar(&f.wants, "want", nil, "LABEL:domain=x*.fr,hidden: a label that some domains need, perhaps unlisted; repeatable")
	flags.BoolVar(&f.wantLegalAge, "want-legal-age", true, "every domain needs OWNER_LEGAL_AGE")
	flags.BoolVar(&f.wantContact, "want-owner-contact", false, "every domain needs OWNER_CONTACT")
	flags.StringSliceVar(&f.checkoutRules, "checkout-rules", nil, "extensions whose rules the checkout holds owners against, too")
	flags.Float64Var(&f.checkTimeouts, "check-timeouts", 0.02, "the share of dry runs that pass only when asked again, from 0 to 1")
	flags.BoolVar(&f.free, "free", false, "everything costs nothing")
	flags.StringVar(&f.defaultPayment, "default-payment", "VALID", "status of the default payment method, or none")
	flags.BoolVar(&f.paymentRefused, "payment-refused", false, "whatever pays an order is refused; the order stays")
	flags.Float64Var(&f.speed, "order-speed", 0, "a paid order is delivered so many times faster than a real one, 60 in 5 s; 0: a step each time that its status is looked at")
	flags.BoolVar(&f.documents, "order-documents", false, "a paid order is asked for documents first")
	flags.BoolVar(&f.cancelled, "order-cancelled", false, "a paid order ends cancelled")
	flags.IntVar(&f.detailsAfter, "details-after", 0, "how many times a new order shows no rows")
	flags.BoolVar(&f.rowExtension, "row-extension", true, "rows of orders say what was ordered with them")
}

// into puts what the flags say into options.
func (f *emulatedOrders) into(options *emulator.Options) error {
	var like emulator.Like
	var err error
	if f.like != "" {
		like, err = emulator.ParseLike(f.like)
	}
	if err != nil {
		return app.Usage(err, "for example --like guide")
	}
	for _, shape := range emulator.Shapes() {
		value := *f.shapes[shape.Name]
		if value == "" {
			continue
		}
		if like, err = like.With(shape.Name, value); err != nil {
			return app.Usage(err, "for example --"+shape.Name+" "+shape.Values[0])
		}
	}
	options.Like = like
	for _, text := range f.wants {
		want, err := emulator.ParseWant(text)
		if err != nil {
			return app.Usage(err, "for example --want 'REASON:domain=x*.fr,hidden'")
		}
		options.Wants = append(options.Wants, want)
	}
	switch {
	case !slices.Contains(emulator.PaymentStatuses(), f.defaultPayment):
		return app.Usage(fmt.Errorf("--default-payment %s", console.OneLine(f.defaultPayment)), "want one of "+strings.Join(emulator.PaymentStatuses(), " "))
	case !(f.checkTimeouts >= 0 && f.checkTimeouts <= 1):
		return app.Usage(fmt.Errorf("--check-timeouts %g", f.checkTimeouts), "want a share from 0 to 1")
	case !(f.speed >= 0):
		return app.Usage(fmt.Errorf("--order-speed %g", f.speed), "want 0 or more, for example 60")
	case f.detailsAfter < 0:
		return app.Usage(errors.New("--details-after is negative"), "want 0 or more")
	}
	if options.CheckTimeouts = f.checkTimeouts; f.checkTimeouts == 0 {
		options.CheckTimeouts = -1 // 0 stands for the usual share there
	}
	options.NoLegalAge, options.OwnerContact = !f.wantLegalAge, f.wantContact
	options.CheckoutRules = f.checkoutRules
	options.FreeOrders, options.DefaultPayment, options.PaymentRefused = f.free, f.defaultPayment, f.paymentRefused
	options.Life = emulator.Life{Speed: f.speed, Documents: f.documents, Cancelled: f.cancelled}
	options.DetailsAfter, options.NoRowExtension = f.detailsAfter, !f.rowExtension
	return nil
}
