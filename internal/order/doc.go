// Package order buys domains, in steps that each can be the last: a quote, an order, its payment.
//
// A Shop is an account at OVHcloud with its Journal. CheckOwner asks, before there is a cart, whether the owner may have the
// domains; Open opens a cart; Prepare fills it, finds out what OVHcloud refuses, and makes a Quote, which Seal completes. Buy turns
// the quote into an order, Pay pays it. Answers are what its owner answers to the questions of registries.
//
// Nothing is bought twice or above the price that was shown. Each request that changes something is preceded by a line in the journal;
// Buy asks Holdings what the account has, under a lock that other machines see; and what became of a request, where that is
// unclear, is found out by Reconcile before anything else is done.
package order
