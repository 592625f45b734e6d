/* SPDX-License-Identifier: MIT */
/*
 * pv_spare - the pages of a paravirtualised guest that nothing uses.
 *
 * They are numbered by their pseudo-physical frames, from the first frame
 * behind the lists of the p2m. Frames that the p2m takes are left out: the
 * builder's, and those added later.
 */
#include <stdint.h>

#include <xen/xen.h>

#include <xen/memory.h>

#include "arch/arch.h"
#include "arch/x86/pv.h"

/* Spare pages that each growth of the p2m brings. The last growth
 * brings one more (pv.h, PV_P2M_GROWTH). */
#define SPARE_AT_ONCE (PV_P2M_GROWTH - 1)

static xen_pfn_t first_spare_frame(void)
{
    return (x86_physical(pv_padding()) >> PAGE_SHIFT) + pv_list_pages();
}

/* How many frames are never spare. The builder's p2m counts: it lies behind the
 * initial mapping, and so behind the first spare frame. */
static xen_pfn_t never_spare(void)
{
    return first_spare_frame() + pv_p2m_end() - pv_p2m_first();
}

/* How many times the p2m grows before it has an entry for this frame. */
static xen_pfn_t growths(xen_pfn_t frame)
{
    return (frame - pv_p2m_room_built()) / PV_P2M_GROWTH;
}

static xen_pfn_t growths_max(void)
{
    return growths(pv_p2m_room_max());
}

static xen_pfn_t frame_of(uint64_t spare)
{
    const xen_pfn_t built = pv_p2m_room_built();
    xen_pfn_t frame = first_spare_frame() + spare;

    if (frame >= pv_p2m_first())
        frame += pv_p2m_end() - pv_p2m_first();
    if (frame < built)
        return frame;
    return frame + MIN((frame - built) / SPARE_AT_ONCE, growths_max() - 1);
}

/* How many spare pages lie below a frame at which the p2m may end. */
static uint64_t spare_below(xen_pfn_t frame)
{
    uint64_t below = frame - MIN(frame, never_spare());

    if (frame > pv_p2m_room_built())
        below -= MIN(growths(frame), growths_max() - 1);
    return below;
}

uint64_t pv_spare_pages_in_all(void)
{
    return spare_below(pv_p2m_room_max());
}

uint64_t pv_spare_pages_missing(uint64_t away)
{
    (void)away;
    return pv_spare_pages_in_all() - spare_below(pv_p2m_count());
}

uint64_t pv_spare_pages(uint64_t given, uint64_t away)
{
    const uint64_t spare = pv_spare_pages_in_all() - away;

    return given > never_spare() ? MIN(given - never_spare(), spare) : 0;
}

/* --- the window ----------------------------------------------------------- */

_Static_assert(PV_LIST_PAGES + ARCH_WINDOW_PAGES <= PV_PADDING_PAGES,
               "both fit behind the page tables");

static char *window(void)
{
    return pv_padding() + PV_LIST_PAGES * PAGE_SIZE;
}

/* How many pages of the window show spare pages. */
static unsigned int shown;

/* Nothing is lost at the addresses of the window: the pages there
 * are spare, too. */
int pv_show_spare_pages(uint64_t first, unsigned int count, void **pages)
{
    int error = 0;

    for (unsigned int i = 0; error == 0 && i < count; i++)
        error = pv_map_frame(&window()[i * PAGE_SIZE],
                             pv_p2m()[frame_of(first + i)]);
    shown = MAX(shown, count);
    *pages = window();
    return error;
}

/* --- the balloon ---------------------------------------------------------- */

/* Xen does not take a page that is mapped. The builder has mapped pages up to a
 * multiple of 4 MiB behind the padding; nobody uses the spare ones there. */
static void unmap_spare(xen_pfn_t frame)
{
    const unsigned long size = 0x400000;
    const unsigned long end = ((unsigned long)pv_padding() +
                               PV_PADDING_PAGES * PAGE_SIZE + size - 1) &
                              ~(size - 1);
    char *page = (char *)(frame << PAGE_SHIFT) + VIRTUAL_OFFSET;

    if ((unsigned long)page < end && pv_unmap(page) != 0)
        kernel_panic("balloon: a page stays mapped");
}

unsigned int pv_give_pages(uint64_t last, unsigned int count)
{
    xen_pfn_t *frames = common_balloon_frames;
    unsigned int done;

    for (; shown > 0; shown--) {
        if (pv_unmap(&window()[(shown - 1) * PAGE_SIZE]) != 0)
            kernel_panic("balloon: the window stays open");
    }
    for (unsigned int i = 0; i < count; i++) {
        xen_pfn_t *entry = &pv_p2m()[frame_of(last - i)];

        unmap_spare(frame_of(last - i));
        frames[i] = *entry;
        *entry = PV_NO_FRAME;
    }
    done = common_balloon(XENMEM_decrease_reservation, frames, count);
    for (unsigned int i = done; i < count; i++)
        pv_p2m()[frame_of(last - i)] = frames[i];
    return done;
}

/* xen/memory.h: Xen replaces the frames in the list by machine frames. */
static unsigned int take(uint64_t first, unsigned int count)
{
    xen_pfn_t *frames = common_balloon_frames;
    unsigned int done;

    for (unsigned int i = 0; i < count; i++)
        frames[i] = frame_of(first + i);
    done = common_balloon(XENMEM_populate_physmap, frames, count);
    for (unsigned int i = 0; i < done; i++)
        pv_p2m()[frame_of(first + i)] = frames[i];
    return done;
}

unsigned int pv_take_pages(uint64_t first, unsigned int count, uint64_t wanted,
                           unsigned int *own)
{
    const xen_pfn_t end = frame_of(first) + wanted;
    unsigned int done = 0;

    if (end > pv_p2m_count()) {
        while (pv_p2m_count() <= end && pv_p2m_grow(own))
            ;
    }
    while (done + *own < count) {
        const uint64_t room = spare_below(pv_p2m_count()) - first - done;
        const unsigned int now = (unsigned int)MIN(count - done - *own, room);
        const unsigned int taken = now > 0 ? take(first + done, now) : 0;

        done += taken;
        if (taken < now || (now == 0 && !pv_p2m_grow(own)))
            break;
    }
    return done;
}
