/* gcc's unwinder asks glibc (2.35 and later) which object an address belongs to. musl has no such function; a static binary
 * has one object, and its program headers tell the rest. Without this a panic in a service would end the process. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>

/* The unwinder calls it if it is there, and takes it to be there where other threads are. It refers to it weakly, which takes
 * nothing out of a libc.a: on x86-64, where nobody else does, it would call address 0. */
int (*const cton_pthread_once)(pthread_once_t *, void (*)(void)) = pthread_once;

struct question {
    ElfW(Addr) address;
    struct dl_find_object *answer;
};

static int look(struct dl_phdr_info *object, size_t size, void *data) {
    struct question *question = data;
    ElfW(Addr) start = 0, end = 0, frames = 0;
    (void)size;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];
        ElfW(Addr) from = object->dlpi_addr + header->p_vaddr, to = from + header->p_memsz;
        if (header->p_type == PT_LOAD && question->address >= from && question->address < to)
            start = from, end = to;
        if (header->p_type == PT_GNU_EH_FRAME)
            frames = from;
    }
    if (!end || !frames)
        return 0;
    question->answer->dlfo_flags = 0;
    question->answer->dlfo_map_start = (void *)start;
    question->answer->dlfo_map_end = (void *)end;
    question->answer->dlfo_link_map = 0;
    question->answer->dlfo_eh_frame = (void *)frames;
    return 1;
}

int _dl_find_object(void *address, struct dl_find_object *answer) {
    struct question question = {(ElfW(Addr))address, answer};
    return dl_iterate_phdr(look, &question) ? 0 : -1;
}
